import type { Estimate as Value, Goal } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatPoints } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
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
        <Difference title="Reached the goal" of={g.reached.difference} format={formatPoints} sentence={g.reached.sentence} same={!g.lift.difference.enough && g.lift.difference.note === g.reached.difference.note} />
      </div>
      <Narrowing points={g.narrowing} format={money} />
    </div>
  )
}

const verdicts = { more: 'good', less: 'bad', same: '', unknown: '' }

interface DifferenceProps {
  title: string
  of: Value
  format: (v: number) => string
  sentence: string
  /** What is missing was said already. */
  same?: boolean
}

function Difference({ title, of, format, sentence, same = false }: DifferenceProps): React.JSX.Element {
  const reach = Math.max(Math.abs(of.low), Math.abs(of.high)) || 1
  return (
    <section className="section">
      <h2>{title}</h2>
      <p className={cx('lift-number', verdicts[verdictOf(of, 0)])}>
        <Estimate of={of} format={format} domain={[-reach, reach]} against={{ value: 0, name: 'no difference would be' }} />
      </p>
      {of.enough && (
        <p className="lift-interval">
          <span className="nowrap">{format(of.low)}</span> to <span className="nowrap">{format(of.high)}</span> <span className="small quiet">treated minus held out</span>
        </p>
      )}
      <p>{!of.enough && same ? 'For the same reason.' : typeset(of.enough ? sentence : asSentence(of.note ?? sentence))}</p>
    </section>
  )
}

/** A note is the end of a sentence: it has neither capital nor full stop. */
const asSentence = (s: string): string => sentenceCase(s).replace(/[^.]$/, '$&.')

const sentenceCase = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
