import { Link } from '@tanstack/react-router'

import type { LifecycleMap } from '@api/types'
import { effortSentence } from '@lib/effort'
import { formatNumber } from '@lib/formatNumber'
import { formatDay, formatDays } from '@lib/formatTime'
import { EffortBar } from '@ui/EffortBar'
import { Estimate } from '@ui/Estimate'

/** The whole map in figures, while no touchpoint is pointed at. */
export function Overview({ map }: { map: LifecycleMap }): React.JSX.Element {
  return (
    <div className="detail">
      <div className="section">
        <h2>Who makes the effort</h2>
        <EffortBar of={map.effort} size="large" poles />
        <p className="small quiet">{effortSentence(map.effort)}</p>
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
        <div>
          <dt>People</dt>
          <dd>
            <Link to="/people" className="door">
              {formatNumber(map.people)}
            </Link>
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
      <p className="small quiet">Point at a touchpoint to see where people go from there; click to keep it in view.</p>
    </div>
  )
}
