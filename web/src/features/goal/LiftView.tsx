import type { Estimate as Value, Goal } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatPoints } from '@lib/formatPercent'
import { verdictOf } from '@lib/verdict'
import { cx } from '@ui/cx'
import { Estimate } from '@ui/Estimate'

import { Narrowing } from './Narrowing'

/** What the goal earned, with the interval as it narrowed; and the honest words when it is too early. */
export function LiftView({ goal: g, currency }: { goal: Goal; currency: string }): React.JSX.Element {
  const money = (v: number): string => formatDifference(v, currency)
  return (
    <div className="lift">
      <div className="lift-numbers">
        <Difference title={`${sentenceCase(g.kpi_name)} a person`} of={g.lift.difference} format={money} sentence={g.lift.sentence} />
        <Difference title="Reached the goal" of={g.reached.difference} format={formatPoints} sentence={g.reached.sentence} />
      </div>
      <Narrowing points={g.narrowing} format={money} />
    </div>
  )
}

const verdicts = { more: 'good', less: 'bad', same: '', unknown: '' }

function Difference({ title, of, format, sentence }: { title: string; of: Value; format: (v: number) => string; sentence: string }): React.JSX.Element {
  const reach = Math.max(Math.abs(of.low), Math.abs(of.high)) || 1
  return (
    <section className="section">
      <h2>{title}</h2>
      <p className={cx('lift-number', verdicts[verdictOf(of, 0)])}>
        <Estimate of={of} format={format} domain={[-reach, reach]} against={{ value: 0, name: 'no difference would be' }} />
      </p>
      {of.enough && (
        <p className="quiet">
          treated minus held out, between <span className="nowrap">{format(of.low)}</span> and <span className="nowrap">{format(of.high)}</span>
        </p>
      )}
      <p>{of.enough ? sentence : (of.note ?? sentence)}</p>
    </section>
  )
}

const sentenceCase = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
