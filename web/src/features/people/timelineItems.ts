import type { TimelineEvent } from '@api/types'

export type Item =
  | { kind: 'day'; key: string; day: string }
  | { kind: 'visit'; key: string; visit: number; count: number; first: TimelineEvent; last: TimelineEvent }
  | { kind: 'event'; key: string; event: TimelineEvent }

/**
 * Lays a timeline, newest first, out as day headings, visit headings and
 * events. What Rapport itself did in the middle of a visit does not end it; a
 * visit of one interaction needs no heading.
 */
export function timelineItems(events: readonly TimelineEvent[]): Item[] {
  const items: Item[] = []
  const visits = new Map<number, { count: number; first: TimelineEvent; last: TimelineEvent }>()
  for (const e of events) {
    if (!e.visit) continue
    const v = visits.get(e.visit)
    visits.set(e.visit, v ? { ...v, count: v.count + 1, first: e } : { count: 1, first: e, last: e })
  }
  let day = ''
  let visit = 0
  events.forEach((event, i) => {
    const own = (event.time ?? event.received_at ?? '').slice(0, 10)
    if (own !== day) {
      day = own
      visit = 0
      items.push({ kind: 'day', key: `day ${own} ${i}`, day: own })
    }
    if (event.visit && event.visit !== visit) {
      visit = event.visit
      const v = visits.get(visit)
      if (v && v.count > 1) items.push({ kind: 'visit', key: `visit ${visit} ${own}`, visit, ...v })
    }
    items.push({ kind: 'event', key: `${event.source} ${event.message_id} ${i}`, event })
  })
  return items
}
