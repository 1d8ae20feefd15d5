import type { Effort } from '@api/types'
import { effortSentence, effortTotal } from '@lib/effort'

import { cx } from './cx'
import './EffortBar.css'

/** Who made the effort: ours from the left, theirs from the right, responses between. */
export function EffortBar({ of, size = 'small', poles = false }: { of: Effort; size?: 'small' | 'large'; poles?: boolean }): React.JSX.Element {
  const total = effortTotal(of)
  const part = (n: number): string => `${total === 0 ? 0 : (100 * n) / total}%`
  return (
    <span className={cx('effort', `effort-${size}`)}>
      {poles && <span className="effort-pole">us</span>}
      <span className={cx('effort-bar', total === 0 && 'effort-none')} role="img" aria-label={`Effort: ${effortSentence(of)}`} title={effortSentence(of)}>
        {of.outreach > 0 && <i className="effort-outreach" style={{ width: part(of.outreach) }} />}
        {of.response > 0 && <i className="effort-response" style={{ width: part(of.response) }} />}
        {of.unprompted > 0 && <i className="effort-unprompted" style={{ width: part(of.unprompted) }} />}
      </span>
      {poles && <span className="effort-pole">them</span>}
    </span>
  )
}
