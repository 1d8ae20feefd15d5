import type { StateEffect, States } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { Estimate } from '@ui/Estimate'
import { TableScroll } from '@ui/TableScroll'

const words = { helps: 'helps', harms: 'does harm', unclear: 'cannot be told from nothing' }

/** What each action does to the people it is done to: the most helpful first, and what harms last. */
export function Moving({ of: s }: { of: States }): React.JSX.Element {
  const far = Math.max(0.01, ...s.moves.flatMap((m) => [Math.abs(m.value.low), Math.abs(m.value.high)])) * 1.1
  return (
    <div className="section">
      <h2>What moves people</h2>
      {s.moves.length > 0 && (
        <TableScroll name="What moves people">
          <table className="table table-named">
            <caption className="hidden">What each action does, the most helpful first</caption>
            <thead>
              <tr>
                <th scope="col">Action</th>
                <th scope="col">Verdict</th>
                <th scope="col">Change in what a person is worth</th>
                <th scope="col" className="number">
                  To a better state
                </th>
                <th scope="col" className="number">
                  To a worse one
                </th>
                <th scope="col" className="number">
                  Times
                </th>
              </tr>
            </thead>
            <tbody>
              {s.moves.map((m) => (
                <Row key={m.action} of={m} far={far} currency={s.currency} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
      <p className="small quiet">{typeset(s.note)}</p>
    </div>
  )
}

function Row({ of: m, far, currency }: { of: StateEffect; far: number; currency: string }): React.JSX.Element {
  return (
    <tr data-verdict={m.verdict}>
      <th scope="row">{m.name}</th>
      <td>
        {words[m.verdict]}
        <span className="small quiet states-words">{m.randomised ? 'drawn: caused' : 'not drawn: associated'}</span>
      </td>
      <td>
        <Estimate of={{ value: m.value.mean, low: m.value.low, high: m.value.high, people: m.count, enough: m.count > 0 }} format={(v) => formatDifference(v, currency)} domain={[-far, far]} against={{ value: 0, name: 'no change is' }} />
      </td>
      <td className="number">{formatPercent(m.up)}</td>
      <td className="number">{formatPercent(m.down)}</td>
      <td className="number">{formatNumber(m.count)}</td>
    </tr>
  )
}
