import type { Effort, Filter } from '@api/types'
import { effortTotal } from '@lib/effort'
import type { EffortKind } from '@lib/effort'
import { formatPercent } from '@lib/formatPercent'

import { Door } from './Door'

const kinds: EffortKind[] = ['outreach', 'response', 'unprompted']

/** The shares of effort in words, each opening the people who had such an interaction. */
export function EffortWords({ of, who }: { of: Effort; who: Filter }): React.JSX.Element {
  const total = effortTotal(of)
  if (total === 0) return <p className="small quiet">no interactions yet</p>
  return (
    <p className="small quiet">
      {kinds.map((kind, i) => (
        <span key={kind}>
          {i > 0 && ', '}
          <Door who={{ ...who, effort: kind }} count={of[kind]} label={`of interactions are ${kind}`}>
            {formatPercent(of[kind] / total)}
          </Door>{' '}
          {kind}
        </span>
      ))}
    </p>
  )
}
