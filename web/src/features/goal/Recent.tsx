import { Link } from '@tanstack/react-router'

import type { Goal } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { formatAgo, formatMoment } from '@lib/formatTime'
import { formatPercent } from '@lib/formatPercent'
import { Silence } from '@lib/silence'
import { ActionName } from '@ui/ActionName'
import { Empty } from '@ui/States'
import { useShowAll } from '@ui/useShowAll'

/** The latest choices: for whom, what, how likely it was, and why. */
export function Recent({ goal: g, now }: { goal: Goal; now: string | null }): React.JSX.Element {
  const { shown, button } = useShowAll(g.recent, 12, 'choices')
  return (
    <section className="section" aria-labelledby="recent">
      <h2 id="recent">Latest choices</h2>
      {g.recent.length === 0 ? (
        <Empty title="Nothing was chosen yet">The first choice is made when somebody joins, or at their next act.</Empty>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul className="recent" onKeyDown={(e) => moveFocus(e, 'a')}>
          {shown.map((r, i) => (
            <li key={`${r.person} ${r.at} ${i}`}>
              <Link to="/people/$id" params={{ id: r.person }} className="door recent-name" dir="auto">
                {r.name}
              </Link>
              <span>
                {r.action === Silence ? 'Silence' : <ActionName goal={r.goal} action={r.action} />}
                {r.channel && <span className="quiet"> by {r.channel}</span>}
                <span className="quiet"> at {formatPercent(r.probability)}</span>
              </span>
              <span className="quiet recent-at" title={formatMoment(r.at)}>
                {formatAgo(r.at, now)}
              </span>
              {/* A draw is told by its probability; any other reason is said once for a run of choices that share it. */}
              {r.probability === 1 && r.reason !== shown[i + 1]?.reason && <span className="small quiet recent-why">{r.reason}</span>}
            </li>
          ))}
        </ul>
      )}
      {button}
    </section>
  )
}
