import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'

import { workspaceQuery } from '@api/queries'
import type { PersonRow, Workspace } from '@api/types'
import { formatMoney } from '@lib/formatMoney'
import { formatAgo, formatDay } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'
import { cx } from '@ui/cx'
import { EffortBar } from '@ui/EffortBar'

import { keepPlace, placeOf } from './place'
import './PeopleList.css'

interface Props {
  people: PersonRow[]
  total: number
  /** Two lines a person, for the side panel. */
  compact?: boolean
  /** Asks for the next page; undefined while there is none or it is coming. */
  more: (() => void) | undefined
  /** A name under which the scroll position is remembered. */
  place: string
}

const ROW = 48
const COMPACT_ROW = 64

/** A list of any length: only what is seen is drawn, and it keeps its place on return. */
export function PeopleList({ people, total, compact = false, more, place }: Props): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const { data: workspace } = useQuery(workspaceQuery)
  const rows = useVirtualizer({
    count: people.length,
    getScrollElement: () => box.current,
    estimateSize: () => (compact ? COMPACT_ROW : ROW),
    overscan: 12,
    initialOffset: () => placeOf(place),
    initialRect: { width: 800, height: 600 },
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= people.length - 15) more?.()
  }, [last, people.length, more])
  return (
    // Scrolls, so it takes focus; arrow keys move among its links.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={box} className={cx('people-list', compact && 'people-compact')} onScroll={(e) => keepPlace(place, e.currentTarget.scrollTop)} onKeyDown={(e) => moveFocus(e, '.person-name')}>
      <ul style={{ height: rows.getTotalSize() }} aria-label={`People, ${total} in all`}>
        {shown.map((item) => {
          const person = people[item.index]
          return (
            person && (
              <li key={person.id} className="person-row" style={{ height: item.size, transform: `translateY(${item.start}px)` }} aria-setsize={total} aria-posinset={item.index + 1}>
                <Row person={person} workspace={workspace} compact={compact} />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function Row({ person: p, workspace, compact }: { person: PersonRow; workspace: Workspace | undefined; compact: boolean }): React.JSX.Element {
  const stage = workspace?.stages.find((s) => s.id === p.stage)?.name ?? p.stage
  const lastOwn = (
    <span className="person-last" title={p.last_own ? `Last act of their own: ${formatDay(p.last_own)}` : 'No act of their own yet'}>
      {p.last_own ? formatAgo(p.last_own, workspace?.now) : 'never'}
    </span>
  )
  return (
    <>
      <span className="person-who">
        <Link to="/people/$id" params={{ id: p.id }} className="person-name" dir="auto">
          {p.name}
        </Link>
        {compact && p.why ? <span className="small quiet person-email">{p.why}</span> : p.email && p.email !== p.name && <span className="small quiet person-email">{p.email}</span>}
      </span>
      <span className="person-stage">{stage}</span>
      <span className="person-effort">
        <EffortBar of={p.effort} />
      </span>
      {lastOwn}
      <span className="person-value">{p.value !== 0 && workspace ? formatMoney(p.value, workspace.currency) : '–'}</span>
    </>
  )
}
