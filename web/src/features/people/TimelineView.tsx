import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'

import { mapQuery, timelineQuery } from '@api/queries'
import { Empty, Failed, Skeleton } from '@ui/States'

import { timelineItems } from './timelineItems'
import { TimelineRow } from './TimelineRow'
import './TimelineView.css'

/** Everything that happened, newest first. Of a very long life only what is seen is drawn. */
export function TimelineView({ id }: { id: string }): React.JSX.Element {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(timelineQuery(id))
  const { data: map } = useQuery({ ...mapQuery, refetchInterval: false })
  const items = useMemo(() => timelineItems(data?.pages.flatMap((p) => p.events) ?? []), [data])
  const name = (touchpoint: string): string => map?.touchpoints.find((t) => t.id === touchpoint)?.name ?? touchpoint
  return (
    <section className="section" aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      {items.length > 0 && <List items={items} name={name} more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined} />}
      {data && items.length === 0 && <Empty title="Nothing has happened yet">Events of this person will stand here, newest first.</Empty>}
      {!data && (error ? <Failed error={error} what="The timeline" retry={() => void refetch()} /> : <Skeleton rows={10} height={40} what="the timeline" />)}
    </section>
  )
}

/** Heights in pixels while they fit one line, as TimelineView.css has them: with these a place is found again. */
const estimates = { day: 53, visit: 24, event: 32 }

function List({ items, name, more }: { items: ReturnType<typeof timelineItems>; name: (id: string) => string; more: (() => void) | undefined }): React.JSX.Element {
  const box = useRef<HTMLOListElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const measure = (): void => setMargin(box.current ? Math.round(box.current.getBoundingClientRect().top + window.scrollY) : 0)
    measure()
    if (typeof ResizeObserver === 'undefined') return undefined
    // What stands above the list may grow: on a narrow screen everything does.
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: (i) => estimates[items[i]?.kind ?? 'event'],
    getItemKey: (i) => items[i]?.key ?? i,
    overscan: 16,
    scrollMargin: margin,
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= items.length - 20) more?.()
  }, [last, items.length, more])
  return (
    <ol ref={box} className="timeline" style={{ height: rows.getTotalSize() }}>
      {shown.map((row) => {
        const item = items[row.index]
        return (
          item && (
            <li key={row.key} ref={rows.measureElement} data-index={row.index} style={{ transform: `translateY(${row.start - margin}px)` }}>
              <TimelineRow item={item} touchpoint={name} />
            </li>
          )
        )
      })}
    </ol>
  )
}
