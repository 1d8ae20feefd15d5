import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { planQuery } from '@api/decisions'
import { typeset } from '@lib/typeset'

/** How many people and how much time the answer takes, and where to look further. */
export function Plan({ goal }: { goal: string }): React.JSX.Element {
  const { data } = useQuery(planQuery(goal))
  return (
    <div className="section goal-plan">
      <h2>When it will be known</h2>
      <p>{data ? typeset(data.sentence) : '\u00a0'}</p>
      <p className="goal-plan-doors">
        <Link to="/decisions" search={{ goal }} className="door">
          Its decisions
        </Link>
        <Link to="/effects" className="door">
          What works for whom
        </Link>
        <Link to="/levers" className="door">
          Levers
        </Link>
      </p>
    </div>
  )
}
