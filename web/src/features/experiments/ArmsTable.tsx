import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Trial, TrialArm } from '@api/types'
import { formatDifference, formatUnits } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { verdictOf } from '@lib/verdict'
import { cx } from '@ui/cx'
import { DataTable } from '@ui/DataTable'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'

const column = createColumnHelper<TrialArm>()

/** The arms: who met each, what they earned, and how that differs from the first. */
export function ArmsTable({ trial: t, currency }: { trial: Trial; currency: string }): React.JSX.Element {
  const columns = useMemo(() => {
    const means = t.sides.filter((a) => a.mean.enough)
    const domain: [number, number] = means.length > 0 ? [Math.min(...means.map((a) => a.mean.low)), Math.max(...means.map((a) => a.mean.high))] : [0, 1]
    const reach = Math.max(...t.sides.map((a) => (a.versus?.enough ? Math.max(Math.abs(a.versus.low), Math.abs(a.versus.high)) : 0))) || 1
    const people = (key: 'people' | 'measured' | 'earned', header: string, outcome?: string) =>
      column.accessor(key, {
        header,
        cell: (c) => <Door who={{ experiment: t.id, arm: c.row.original.id, ...(outcome ? { outcome } : {}) }} count={c.getValue()} label={`${header.toLowerCase()} in ${c.row.original.name}`} />,
      })
    return [
      column.accessor('name', {
        header: 'Arm',
        cell: (c) => (
          <span className="trial-arm">
            <span className={cx(t.outcome !== 'waiting' && t.best.includes(c.row.original.id) && 'trial-best')}>{c.getValue()}</span>
            {t.winner === c.row.original.id && <span className="small"> winner</span>}
            <span className="small quiet trial-what">{typeset(c.row.original.what)}</span>
          </span>
        ),
      }),
      column.accessor('share', { header: t.unit === 'decision' ? 'Drawn' : 'Share', cell: (c) => formatPercent(c.getValue()) }),
      people('people', 'People'),
      ...(t.unit === 'decision' ? [column.accessor('decisions', { header: 'Decisions', cell: (c) => formatNumber(c.getValue()) })] : []),
      people('measured', 'Measured', 'measured'),
      people('earned', 'Earned something', 'earned'),
      column.accessor((a) => a.mean.value, {
        id: 'mean',
        header: `${t.kpi_name} a ${t.unit}`,
        cell: (c) => <Estimate of={c.row.original.mean} format={(v) => formatUnits(v, currency)} domain={domain} />,
      }),
      column.accessor((a) => a.versus?.value ?? 0, {
        id: 'versus',
        header: `Against ${t.sides[0]?.name ?? ''}`,
        cell: (c) => {
          const v = c.row.original.versus
          if (!v) return <span className="quiet">compared with</span>
          const verdict = verdictOf(v, 0)
          return (
            <span className={cx(verdict === 'more' && 'good', verdict === 'less' && 'bad')}>
              <Estimate of={v} format={(x) => formatDifference(x, currency)} domain={[-reach, reach]} against={{ value: 0, name: 'no difference would be' }} />
            </span>
          )
        },
      }),
    ]
  }, [t, currency])
  return (
    <section className="section" aria-labelledby="arms">
      <h2 id="arms">The arms</h2>
      <p className="note">
        {t.unit === 'person'
          ? 'People count from the first decision that the arms would have made differently. Measured are those whose time has passed.'
          : 'Decisions count in which the learner drew one of several arms; means weigh them by the inverse of how likely that was.'}
      </p>
      <DataTable rows={t.sides} columns={columns} caption="Arms of the experiment" numeric={['share', 'people', 'decisions', 'measured', 'earned', 'mean', 'versus']} rowKey={(a) => a.id} />
    </section>
  )
}
