import type { Cast, RehearsalBasis } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay } from '@lib/formatTime'
import { Estimate } from '@ui/Estimate'

import { copied } from './words'

/** What the truth of a rehearsal of one's own people rests on: it is an assumption, and this is which. */
export function Basis({ cast, own }: { cast: Cast; own: NonNullable<Cast['own']> }): React.JSX.Element {
  const basis = own.basis ?? []
  const assumed = basis.filter((b) => b.assumed).length
  const left = own.drawn - cast.people
  return (
    <details className="basis">
      <summary>
        <b>The truth here is an assumption.</b> {capital(copied(cast))}, as they were on {formatDay(own.as_of)}, go on as they have lived so far: {plural(basis.length - assumed, 'thing was', 'things were')} seen, {plural(assumed, 'is', 'are')} assumed
        {own.answers === 'middle' ? '' : `, with the ${own.answers} end of what letters may do`}. <span className="basis-more">What was seen, and what is assumed</span>
      </summary>
      {left > 0 && <p className="small quiet">{plural(left, 'person was', 'people were')} left out: about to become one with somebody else, or without a name that events could go under.</p>}
      <ul className="basis-list">
        {basis.map((b) => (
          <li key={b.what}>
            <span className="basis-how small">{b.assumed ? 'assumed' : 'seen'}</span>
            <span>
              <b>{b.what}</b>
              <br />
              <span className="quiet">{b.words}</span>
            </span>
            <span className="basis-value">{b.share && <Share of={b} />}</span>
          </li>
        ))}
      </ul>
      <p className="small quiet">Nothing of it reaches a channel, your events or your people. Two versions of the definitions can be compared by it; what they will really earn only a holdout tells.</p>
    </details>
  )
}

function Share({ of }: { of: RehearsalBasis }): React.JSX.Element {
  return <Estimate of={{ value: of.value ?? 0, low: of.low ?? 0, high: of.high ?? 0, people: of.seen ?? 0, enough: true }} domain={[0, Math.max(0.1, of.high ?? 0)]} />
}

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
