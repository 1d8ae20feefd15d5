import { useQuery } from '@tanstack/react-query'
import { workspaceQuery } from '@api/queries'
import type { RequestRow } from '@api/types'
import { formatAgo } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'

interface Props {
  rows: RequestRow[]
  more: boolean
  current: string | undefined
  onOpen: (r: RequestRow) => void
}

/** The requests, the most pressing first. */
export function RequestItems({ rows, more, current, onOpen }: Props): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery) // whose time may not be the browser's
  const now = workspace?.now
  return (
    // The keys move focus among the buttons; the list itself takes none.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <ul className="inbox-list" aria-label="Requests" onKeyDown={(e) => moveFocus(e, 'button')}>
      {rows.map((r) => (
        <li key={r.person + r.id}>
          <button type="button" className="inbox-item" aria-current={r.id === current ? 'true' : undefined} onClick={() => onOpen(r)}>
            <span className="inbox-item-name">{r.name}</span>
            <span className={r.overdue ? 'small inbox-late' : 'small quiet'}>{clock(r, now)}</span>
            <span className="inbox-item-what">{r.subject || 'Without words'}</span>
            <span className="small quiet">
              {r.kind_name}
              {r.channel && ` · ${r.channel}`} · {r.owner || 'nobody yet'}
              {r.escalated > 0 && ` · escalated ${r.escalated === 1 ? 'once' : `${r.escalated} times`}`}
            </span>
          </button>
        </li>
      ))}
      {more && <li className="small quiet inbox-more">These are the most pressing. More come as they are seen to, or by whose they are.</li>}
    </ul>
  )
}

function clock(r: RequestRow, now: string | null | undefined): string {
  if (r.closed) return `closed ${formatAgo(r.closed, now)}`
  if (!r.due) return 'answered'
  if (r.overdue || !now) return `due ${formatAgo(r.due, now)}`
  const minutes = Math.round((Date.parse(r.due) - Date.parse(now)) / 60_000)
  if (minutes < 1) return 'due now' // the list is older than the clock
  if (minutes < 90) return `due in ${minutes} min`
  return minutes < 48 * 60 ? `due in ${Math.round(minutes / 60)} h` : `due in ${Math.round(minutes / 1440)} days`
}
