import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { LifecycleMap, Unmapped } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatAgo } from '@lib/formatTime'
import { DataTable } from '@ui/DataTable'
import { Door } from '@ui/Door'
import { Empty } from '@ui/States'
import { useShowAll } from '@ui/useShowAll'

const column = createColumnHelper<Unmapped>()

/** Events that no touchpoint claims. */
export function Tray({ map }: { map: LifecycleMap }): React.JSX.Element {
  const columns = useMemo(
    () => [
      column.accessor('event', { header: 'Event', cell: (c) => <span className="mono">{c.getValue()}</span> }),
      column.accessor('count', { header: 'Times', cell: (c) => formatNumber(c.getValue()) }),
      column.accessor('people', { header: 'People', cell: (c) => <Door who={{ event: c.row.original.event }} count={c.getValue()} label={`people with the event ${c.row.original.event}`} /> }),
      column.accessor('last_seen', { header: 'Last seen', cell: (c) => formatAgo(c.getValue(), map.now) }),
      column.display({
        id: 'place',
        header: '',
        cell: (c) => (
          <Link from="/map" to="." search={(old) => ({ ...old, place: c.row.original.event })} resetScroll={false} className="door nowrap" aria-label={`Give it a place: ${c.row.original.event}`}>
            Give it a place
          </Link>
        ),
      }),
    ],
    [map.now],
  )
  const { shown, button } = useShowAll(map.unmapped, 10, 'events')
  return (
    <section className="section" aria-labelledby="tray">
      <h2 id="tray">Not yet on the map</h2>
      <p className="note">Events that no touchpoint claims. They are kept on each person’s timeline and count as nobody’s effort until a touchpoint’s rule recognises them.</p>
      {map.unmapped.length === 0 ? <Empty title="Every event has its place">Nothing arrives that the map does not know.</Empty> : <DataTable rows={shown} columns={columns} caption="Events not yet on the map" numeric={['count', 'people']} rowKey={(u) => u.event} />}
      {button}
    </section>
  )
}
