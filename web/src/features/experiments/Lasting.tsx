import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Estimate as Value, Trial, TrialArm } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { typeset } from '@lib/typeset'
import { DataTable } from '@ui/DataTable'
import { Estimate } from '@ui/Estimate'

const column = createColumnHelper<TrialArm>()
const nothing: Value = { value: 0, low: 0, high: 0, people: 0, enough: false }

/** Whether the effect lasts: in the first half of each person's time against the second. */
export function Lasting({ trial: t, currency }: { trial: Trial; currency: string }): React.JSX.Element {
  const others = t.sides.slice(1)
  const columns = useMemo(() => {
    const reach = Math.max(...t.sides.flatMap((a) => [a.early, a.late, a.change].flatMap((e) => (e?.enough ? [Math.abs(e.low), Math.abs(e.high)] : [])))) || 1
    const part = (key: 'early' | 'late' | 'change', header: string) =>
      column.display({
        id: key,
        header,
        cell: (c) => <Estimate of={c.row.original[key] ?? nothing} format={(v) => formatDifference(v, currency)} domain={[-reach, reach]} against={{ value: 0, name: 'no difference would be' }} />,
      })
    return [column.accessor('name', { header: 'Arm', enableSorting: false }), part('early', 'First half'), part('late', 'Second half'), part('change', 'Change')]
  }, [t.sides, currency])
  const warned = others.filter((a) => a.novelty)
  return (
    <section className="section" aria-labelledby="lasting">
      <h2 id="lasting">Does the effect last?</h2>
      <p className="note">{warned.length > 0 ? warned.map((a) => typeset(a.novelty ?? '')).join(' ') : `The difference to ${t.sides[0]?.name ?? 'the first arm'} in the two halves of each person’s time. No change is more than chance.`}</p>
      <DataTable rows={others} columns={columns} caption="The effect in the two halves of each person’s time" numeric={['early', 'late', 'change']} rowKey={(a) => a.id} />
    </section>
  )
}
