import type { Goal } from '@api/types'
import { plural } from '@lib/formatNumber'
import { Door } from '@ui/Door'
import { Empty } from '@ui/States'

/** What was not done and why, most people first. */
export function Withheld({ goal: g }: { goal: Goal }): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="withheld">
      <h2 id="withheld">What was held back, and why</h2>
      {g.withheld.length === 0 ? (
        <Empty title="Nothing was held back">Whatever policy stops will stand here with its reason.</Empty>
      ) : (
        <ol className="withheld">
          {g.withheld.map((w) => (
            <li key={w.code}>
              <p>
                {w.sentence} <span className="small quiet mono">{w.code}</span>
              </p>
              <span>
                <Door who={{ goal: g.id, withheld: w.code }} count={w.people} label={`people: ${w.sentence}`} />
                <span className="quiet"> {w.people === 1 ? 'person' : 'people'}</span>
                <span className="small quiet withheld-times">{plural(w.times, 'time', 'times')}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
