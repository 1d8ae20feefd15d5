import type { Needs } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'

/** How far the people who are known are from being enough for a model. */
export function Missing({ needs }: { needs: Needs }): React.JSX.Element {
  return (
    <div className="missing">
      <p>{typeset(needs.sentence)}</p>
      <span className="measure" role="img" aria-label={`${formatNumber(needs.have)} of ${formatNumber(needs.people)} people`}>
        <i style={{ width: `${Math.min(1, needs.have / Math.max(1, needs.people)) * 100}%` }} />
      </span>
    </div>
  )
}
