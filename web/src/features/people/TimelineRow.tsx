import { useState } from 'react'

import type { TimelineEvent } from '@api/types'
import { formatClock, formatDay, formatLongDay } from '@lib/formatTime'
import { plural } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { cx } from '@ui/cx'

import { EventDetail, hasDetail } from './EventDetail'
import type { Item } from './timelineItems'

/** How the line about an event unfolds, by kind. */
const more: Record<string, string> = { choice: 'Why this', grant: 'Show message', suppressed: 'Why not' }

export function TimelineRow({ item, touchpoint }: { item: Item; touchpoint: (id: string) => string }): React.JSX.Element {
  if (item.kind === 'day') return <h3 className="timeline-day">{item.day ? formatLongDay(item.day) : 'Some day'}</h3>
  if (item.kind === 'visit') return <VisitHead item={item} />
  return <EventRow event={item.event} touchpoint={touchpoint} />
}

function VisitHead({ item }: { item: Extract<Item, { kind: 'visit' }> }): React.JSX.Element {
  const from = item.first.time ?? ''
  const to = item.last.time ?? ''
  const span = from && to && formatClock(from) !== formatClock(to) ? `, ${formatClock(from)} to ${formatClock(to)}` : ''
  return (
    <h4 className="timeline-visit">
      Visit {item.visit}: {plural(item.count, 'interaction', 'interactions')}
      {span}
    </h4>
  )
}

export function EventRow({ event: e, touchpoint }: { event: TimelineEvent; touchpoint: (id: string) => string }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  const named = e.touchpoint ? touchpoint(e.touchpoint) : ''
  const place = e.sentence.toLowerCase().includes(named.toLowerCase()) ? '' : named
  const theirs = e.effort === 'unprompted' || e.effort === 'response'
  return (
    <div className={cx('event', `event-${e.kind}`, !e.effort && 'event-ours')}>
      <time className="event-time" dateTime={e.time ?? undefined} title={e.imported ? `Imported ${formatDay(e.received_at)}` : undefined}>
        {e.time ? formatClock(e.time) : ''}
      </time>
      <span className={cx('tick', e.effort && `tick-${e.effort}`)} role="img" aria-label={e.effort ?? 'Rapport'} title={e.effort ? `${e.effort}` : 'Rapport'}>
        {e.effort ? (theirs ? '▲' : '▼') : '·'}
      </span>
      <span className="event-words">
        <span dir="auto">{e.sentence ? typeset(e.sentence) : e.event}</span>
        {place && <span className="small quiet"> {place}</span>}
        {e.imported && <span className="small quiet"> imported</span>}
      </span>
      {hasDetail(e) && (
        <button type="button" className="event-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Close' : (more[e.kind] ?? 'Details')}
          <span className="hidden">: {e.sentence || e.event}</span>
        </button>
      )}
      {open && <EventDetail of={e} />}
    </div>
  )
}
