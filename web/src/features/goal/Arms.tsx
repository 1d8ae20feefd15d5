import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { Arm, Goal } from '@api/types'
import { armWords } from '@lib/arms'
import { formatMoney, formatUnits } from '@lib/formatMoney'
import { DataTable } from '@ui/DataTable'
import { Door } from '@ui/Door'
import { Tip } from '@ui/Tip'

const column = createColumnHelper<Arm>()

/** The sides of the comparison. */
export function Arms({ goal: g, currency }: { goal: Goal; currency: string }): React.JSX.Element {
  const columns = useMemo(() => {
    const people = (key: 'people' | 'measured' | 'reached', outcome?: string) =>
      column.accessor(key, {
        header: { people: 'People', measured: 'Measured', reached: 'Reached it' }[key],
        cell: (c) => <Door who={{ goal: g.id, arm: c.row.original.arm, ...(outcome ? { outcome } : {}) }} count={c.getValue()} label={`people ${armWords(c.row.original.arm)}${outcome ? `, ${outcome}` : ''}`} />,
      })
    return [
      column.accessor('arm', { header: 'Arm', cell: (c) => armWords(c.getValue()) }),
      people('people'),
      people('measured', 'measured'),
      people('reached', 'reached'),
      column.accessor('mean', {
        header: `${g.kpi_name} a person`,
        cell: (c) => (
          <Tip words={`${formatMoney(c.row.original.kpi, currency)} in all. The difference between arms, with its interval, stands above.`}>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <span tabIndex={0}>{formatUnits(c.getValue(), currency)}</span>
          </Tip>
        ),
      }),
    ]
  }, [g.id, g.kpi_name, currency])
  return (
    <section className="section" aria-labelledby="arms">
      <h2 id="arms">The comparison</h2>
      <p className="note">Measured people are those whose horizon has passed and who could have been reached when they joined.</p>
      <DataTable rows={g.arms} columns={columns} caption="Arms of the comparison" numeric={['people', 'measured', 'reached', 'mean']} rowKey={(a) => a.arm} />
    </section>
  )
}
