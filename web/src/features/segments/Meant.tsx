import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import type { Preview } from '@api/types'
import { cx } from '@ui/cx'
import { moveFocus } from '@lib/moveFocus'
import { formatAgo, formatDay } from '@lib/formatTime'
import { Empty } from '@ui/States'

/** Some of those whom a rule means. */
export function Meant({ preview, stale }: { preview: Preview; stale: boolean }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const people = preview.sample
  if (people.length === 0) return preview.exact ? <Empty title="It means nobody now">Whoever it comes to apply to would be in the segment.</Empty> : <Empty title="Nobody of those asked so far" />
  return (
    <section className={cx('section', stale && 'rule-stale')} aria-labelledby="meant">
      <h2 id="meant">{people.length === preview.count ? 'All of them' : 'Some of them, at random'}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="list list-dense segment-members" onKeyDown={(e) => moveFocus(e, 'a')}>
        {people.map((p) => (
          <li key={p.id}>
            <Link to="/people/$id" params={{ id: p.id }} className="list-door clip" dir="auto">
              {p.name}
            </Link>
            <span className="quiet">{workspace?.stages.find((stage) => stage.id === p.stage)?.name ?? p.stage}</span>
            <span className="quiet segment-last" title={p.last_own ? `Last act of their own: ${formatDay(p.last_own)}` : 'No act of their own yet'}>
              {formatAgo(p.last_own, workspace?.now)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
