import type { Trial } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { cx } from '@ui/cx'
import { Door } from '@ui/Door'

/** Whether people fell into the arms as they should have: each as a bar, with a mark where it was expected to end. */
export function SampleRatio({ trial: t }: { trial: Trial }): React.JSX.Element {
  const met = (a: Trial['sides'][number]): number => (t.unit === 'decision' ? a.decisions : a.people)
  const most = Math.max(1, ...t.sides.flatMap((a) => [met(a), a.expected])) * 1.04
  return (
    <section className="section" aria-labelledby="ratio">
      <h2 id="ratio">Did chance assign them?</h2>
      <p className={cx(!t.ratio.ok && 'bad')}>{typeset(t.ratio.sentence)}</p>
      <ul className="trial-ratio">
        {t.sides.map((a) => (
          <li key={a.id}>
            <span className="trial-ratio-name">{a.name}</span>
            <span className="trial-ratio-bar" aria-hidden="true">
              <i style={{ width: `${(100 * met(a)) / most}%` }} />
              <b style={{ left: `${(100 * a.expected) / most}%` }} />
            </span>
            <span className="trial-ratio-count">
              <Door who={{ experiment: t.id, arm: a.id }} count={a.people} label={`people in ${a.name}`}>
                {formatNumber(met(a))}
              </Door>{' '}
              <span className="small quiet">of {formatNumber(Math.round(a.expected))} expected</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
