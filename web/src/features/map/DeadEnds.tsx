import type { LifecycleMap } from '@api/types'
import { formatDays } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'
import { Empty } from '@ui/States'
import { useShowAll } from '@ui/useShowAll'

/** Touchpoints after which people do not come back, worst first. */
export function DeadEnds({ map }: { map: LifecycleMap }): React.JSX.Element {
  const { shown, button } = useShowAll(map.dead_ends, 6, 'dead ends')
  return (
    <section className="section" aria-labelledby="dead-ends">
      <h2 id="dead-ends">Dead ends</h2>
      <p className="note">Where fewer people come back of their own accord than over all touchpoints within the same time. The most people lost come first.</p>
      {map.dead_ends.length === 0 ? (
        <Empty title="No dead ends">{map.touchpoints.some((t) => t.people > 0 && t.against !== undefined) ? 'No touchpoint does measurably worse than the others.' : 'People have met one touchpoint only, so there is nothing to compare it with.'}</Empty>
      ) : (
        <ol className="rows">
          {shown.map((d) => (
            <li key={d.touchpoint}>
              <p>{typeset(d.sentence)}</p>
              <Estimate of={d.continuation} against={{ value: d.against, name: `over all touchpoints within ${formatDays(map.touchpoints.find((t) => t.id === d.touchpoint)?.window_days ?? map.window_days)}` }} />
              <Door who={{ touchpoint: d.touchpoint, continued: 'no' }} count={d.lost} label="people lost here">
                Open people
              </Door>
            </li>
          ))}
        </ol>
      )}
      {button}
    </section>
  )
}
