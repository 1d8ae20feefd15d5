import { Link } from '@tanstack/react-router'

import type { Loop } from '@api/types'
import { doorSearch } from '@lib/door'
import { formatUnits } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { within } from '@lib/scope'
import { stateInk, stateName } from '@lib/stateInk'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'
import { Figure } from '@ui/Figure'
import { useScope } from '@ui/inScope'
import { Missing } from '@ui/Missing'

const MOST_MOVES = 4

/** Where the value that is still to come lies, state by state, and who moved between them. */
export function StateValue({ loop }: { loop: Loop }): React.JSX.Element {
  const scope = useScope()
  const { needs, states, sentence, value, moves } = loop.states
  if (needs) {
    return (
      <div className="section">
        <h2>Where the value lies</h2>
        <p className="note">No model is in force, so nothing is known of what people are worth from now on.</p>
        <Missing needs={needs} />
      </div>
    )
  }
  const rows = [...states].reverse().sort((a, b) => Number(a.id === 'gone') - Number(b.id === 'gone'))
  const best = rows.reduce((most, s) => (s.share_of_value.value > (most?.share_of_value.value ?? -1) ? s : most), rows[0])
  const words = best && value > 0 ? `${best.name} people hold ${formatPercent(best.share_of_value.value)} of ${formatUnits(value, loop.currency)} still to come.` : 'Nobody is worth anything from now on, as far as is believed.'
  return (
    <div className="section">
      <Figure title="Where the value lies" words={words} doors head={['State', 'People', 'Share of what is still to come', 'from', 'to']} rows={rows.map((s) => [s.name, s.people, formatPercent(s.share_of_value.value), formatPercent(s.share_of_value.low), formatPercent(s.share_of_value.high)])}>
        <p className="note">{typeset(words)}</p>
        <span className="value-bar">
          {value > 0 &&
            rows
              .filter((s) => s.share_of_value.value > 0)
              .map((s) => (
                <Link key={s.id} to="." search={(old: Record<string, unknown>) => ({ ...old, ...doorSearch(within({ state: s.id }, scope)) })} resetScroll={false} tabIndex={-1} aria-hidden="true" title={`${s.name}: ${formatPercent(s.share_of_value.value)}`} style={{ width: `${s.share_of_value.value * 100}%`, background: stateInk(s.id, states) }} />
              ))}
        </span>
        <ul className="value-list">
          {rows.map((s) => (
            <li key={s.id}>
              <i className="value-ink" style={{ background: stateInk(s.id, states) }} />
              <span className="clip" dir="auto" title={s.name}>
                {s.name}
              </span>
              <span className="value-people">
                <Door who={{ state: s.id }} count={s.people} label={`people in ${s.name} now`} />
              </span>
              <Estimate of={s.share_of_value} />
            </li>
          ))}
        </ul>
      </Figure>
      <p className="small">
        {typeset(sentence)}{' '}
        {moves.length > 0 && 'The most: '}
        {moves.slice(0, MOST_MOVES).map((m, i) => (
          <span key={`${m.from} ${m.to}`}>
            {i > 0 && ', '}
            <Door who={{ state_then: m.to, state_before: m.from }} count={m.people} label={`people went from ${stateName(m.from, states)} to ${stateName(m.to, states)}`}>
              {formatNumber(m.people)}
            </Door>{' '}
            from {stateName(m.from, states)} to {stateName(m.to, states)}
          </span>
        ))}
        {moves.length > 0 && '. '}
        <Link to="/states" className="door">
          See the states
        </Link>
      </p>
    </div>
  )
}
