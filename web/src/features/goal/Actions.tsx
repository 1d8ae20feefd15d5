import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { ActionRow, Goal } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { DataTable } from '@ui/DataTable'
import { Door } from '@ui/Door'

const column = createColumnHelper<ActionRow>()

/** What may be tried, and what became of it. */
export function Actions({ goal: g }: { goal: Goal }): React.JSX.Element {
  const columns = useMemo(
    () => [
      column.accessor('name', {
        header: 'Action',
        cell: (c) => (
          <>
            {c.getValue()} <span className="small quiet">{c.row.original.kind}</span>
          </>
        ),
      }),
      column.accessor('chosen', {
        header: 'Chosen',
        cell: (c) => (
          <Door who={{ goal: g.id, action: c.row.original.id, outcome: 'chosen' }} count={c.row.original.chosen_people} label={`times ${c.row.original.name} was chosen`}>
            {formatNumber(c.getValue())}
          </Door>
        ),
      }),
      column.accessor('sent', {
        header: 'Sent',
        cell: (c) => (
          <Door who={{ goal: g.id, action: c.row.original.id }} count={c.row.original.sent_people} label={`times ${c.row.original.name} was sent`}>
            {formatNumber(c.getValue())}
          </Door>
        ),
      }),
      column.accessor('responded', { header: 'Responded', cell: (c) => <Door who={{ goal: g.id, action: c.row.original.id, outcome: 'responded' }} count={c.getValue()} label={`people who responded to ${c.row.original.name}`} /> }),
    ],
    [g.id],
  )
  return (
    <section className="section" aria-labelledby="actions">
      <h2 id="actions">Actions</h2>
      <DataTable rows={g.actions} columns={columns} caption="Actions of this goal" numeric={['chosen', 'sent', 'responded']} rowKey={(a) => a.id} />
    </section>
  )
}
