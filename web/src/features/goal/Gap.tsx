import type { Goal } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatDay, formatDays } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'

import { CoursePicture } from './CoursePicture'
import './Course.css'

const count = (v: number): string => formatNumber(Math.round(v))

/** How far people are from where the goal wants them: who is under way, who is forecast to arrive, and whether earlier forecasts held. */
export function Gap({ goal: g }: { goal: Goal }): React.JSX.Element {
  const { gap } = g
  const before = gap.before
  return (
    <section className="section" aria-labelledby="gap">
      <h2 id="gap">The gap</h2>
      <p className="gap-sentence">{typeset(gap.sentence)}</p>
      <div className="course">
        <CoursePicture
          title="Arrived, by days since joining"
          words="Who reached a stage that the goal wants, of all who joined."
          note="Bands: 95 % for all days at once."
          days={gap.days}
          of={(arm) => arm.arrived}
          seen={(arm) => arm.people > 1}
          format={formatPercent}
        />
        <dl className="facts gap-facts">
          <div>
            <dt>Under way now</dt>
            <dd>
              <Door who={{ goal: g.id, outcome: 'under_way' }} count={gap.under_way} label="people under way" />
            </dd>
          </div>
          <div>
            <dt>Forecast to arrive within {formatDays(g.horizon_days)} of joining</dt>
            <dd>
              <Estimate of={gap.policy} format={count} domain={[0, Math.max(1, gap.under_way)]} />
            </dd>
          </div>
          <div>
            <dt>Left alone, by those held out</dt>
            <dd>
              <Estimate of={gap.alone} format={count} domain={[0, Math.max(1, gap.under_way)]} />
            </dd>
          </div>
          {before && (
            <>
              <div>
                <dt>Under way on {formatDay(before.at)}</dt>
                <dd>
                  <Door who={{ goal: g.id, outcome: 'was_under_way' }} count={before.under_way} label={`people under way on ${formatDay(before.at)}`} />
                </dd>
              </div>
              <div className="fate">
                <dt>Forecast to arrive, by what was known then</dt>
                <dd>
                  <Estimate of={before.policy} format={count} domain={[0, Math.max(1, before.under_way)]} against={{ value: before.arrived, name: 'in fact' }} />
                </dd>
              </div>
              <div className="fate">
                <dt>Arrived in fact</dt>
                <dd>
                  <Door who={{ goal: g.id, outcome: 'arrived_since' }} count={before.arrived} label={`people who were under way on ${formatDay(before.at)} and arrived`} />
                </dd>
              </div>
            </>
          )}
        </dl>
      </div>
    </section>
  )
}
