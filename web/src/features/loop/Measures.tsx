import type { Loop } from '@api/types'
import { effortTotal } from '@lib/effort'
import type { EffortKind } from '@lib/effort'
import { formatMoney } from '@lib/formatMoney'
import { formatPercent, formatPoints } from '@lib/formatPercent'
import { formatDays } from '@lib/formatTime'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { Estimate } from '@ui/Estimate'

const kinds: EffortKind[] = ['outreach', 'response', 'unprompted']
const change: readonly [number, number] = [-0.2, 0.2]
const nought = { value: 0, name: 'no change is' }

/** The period in figures, each beside the one before. */
export function Measures({ loop }: { loop: Loop }): React.JSX.Element {
  const total = effortTotal(loop.effort)
  const before = effortTotal(loop.effort_before)
  return (
    <div className="section loop-measures">
      <h2>Who makes the effort</h2>
      <EffortBar of={loop.effort} size="large" poles />
      <p className="small quiet">
        {total === 0
          ? `Nothing happened in these ${formatDays(loop.days)}.`
          : kinds.map((kind, i) => (
              <span key={kind}>
                {i > 0 && ', '}
                <Door who={{ lately: kind }} count={loop.effort_people[kind]} label={`of interactions are ${kind}`}>
                  {formatPercent(loop.effort[kind] / total)}
                </Door>{' '}
                {kind}
              </span>
            ))}
        {total > 0 && before > 0 && `; ${loop.before} ${formatPercent(loop.effort_before.unprompted / before)} were unprompted`}
      </p>
      <dl className="facts">
        <div>
          <dt>
            Back within {formatDays(loop.window_days)}: of <Door who={{ lately: 'came' }} count={loop.came} label="people came" /> who came
          </dt>
          <dd>
            <Estimate of={loop.continued} against={{ value: loop.continued_before.value, name: loop.before }} />
          </dd>
        </div>
        <div>
          <dt>Change of that</dt>
          <dd>
            <Estimate of={loop.continued_change} format={formatPoints} domain={change} against={nought} />
          </dd>
        </div>
        <div>
          <dt>See who</dt>
          <dd className="loop-who">
            <Door who={{ lately: 'back' }} count={loop.back} label="people came back">
              came back
            </Door>
            <Door who={{ lately: 'away' }} count={loop.away} label="people stayed away">
              stayed away
            </Door>
          </dd>
        </div>
        <div>
          <dt>Initiative: their share of first moves</dt>
          <dd>
            <Estimate of={loop.initiative} against={{ value: loop.initiative_before.value, name: loop.before }} />
          </dd>
        </div>
        <div>
          <dt>Change of that</dt>
          <dd>
            <Estimate of={loop.initiative_change} format={formatPoints} domain={change} against={nought} />
          </dd>
        </div>
        {loop.valued && (
          <div>
            <dt>Value in {formatDays(loop.days)}</dt>
            <dd>
              {formatMoney(loop.value, loop.currency)} <span className="quiet">was {formatMoney(loop.value_before, loop.currency)}</span>
            </dd>
          </div>
        )}
      </dl>
    </div>
  )
}
