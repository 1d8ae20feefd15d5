import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import type { PersonRow } from '@api/types'
import { formatAgo, formatDay } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'

/** People by name, stage and when they last came by themselves, each a door to their page. */
export function MemberList({ people }: { people: PersonRow[] }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
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
  )
}
