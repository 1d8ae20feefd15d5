import { Link } from '@tanstack/react-router'

import type { LifecycleMap } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatDay, formatDays } from '@lib/formatTime'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { EffortWords } from '@ui/EffortWords'
import { Estimate } from '@ui/Estimate'
import { useScope } from '@ui/inScope'

const fates = [
  ['yes', 'came back'],
  ['no', 'did not'],
  ['open', 'still open'],
] as const

/** The whole map in figures, while no touchpoint is pointed at. */
export function Overview({ map }: { map: LifecycleMap }): React.JSX.Element {
  const scoped = Object.keys(useScope()).length > 0
  return (
    <div className="detail">
      <div className="section">
        <h2>Who makes the effort</h2>
        <EffortBar of={map.effort} size="large" poles />
        <EffortWords of={map.effort} who={{}} />
      </div>
      <dl className="facts">
        <div>
          <dt>Initiative: their share of first moves</dt>
          <dd>
            <Estimate of={map.initiative} />
          </dd>
        </div>
        <div>
          <dt>Came back within {formatDays(map.window_days)}</dt>
          <dd>
            <Estimate of={map.continued} />
          </dd>
        </div>
        <div className="fate">
          <dt>See who</dt>
          <dd>
            {fates.map(([continued, words]) => (
              <Door key={continued} who={{ continued }} count={map.people} label="after their first visit" className="fate-word">
                {words}
              </Door>
            ))}
          </dd>
        </div>
        <div>
          <dt>People</dt>
          <dd>
            {scoped ? (
              <Door who={{}} count={map.people} label="people met in the period" />
            ) : (
              <Link to="/people" className="door">
                {formatNumber(map.people)}
              </Link>
            )}
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>{formatNumber(map.events)}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{formatDay(map.from)}</dd>
        </div>
      </dl>
      <p className="small quiet map-hint">Point at a touchpoint to see where people go from there; click to keep it in view.</p>
    </div>
  )
}
