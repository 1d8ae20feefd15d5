import type { States } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'

import { stateInk } from '@lib/stateInk'
import { TableScroll } from '@ui/TableScroll'

/** What each state is, who is in it, and what they are worth. */
export function StateList({ of: s }: { of: States }): React.JSX.Element {
  return (
    <div className="section">
      <h2>The states</h2>
      <TableScroll name="The states">
        <table className="table table-named states-table">
          <caption className="hidden">The states of the relationship, the most active first</caption>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col" className="number">
                People
              </th>
              <th scope="col" className="number">
                Worth a person
              </th>
              <th scope="col">Share of what is still to come</th>
            </tr>
          </thead>
          <tbody>
            {[...s.states].reverse().sort((a, b) => Number(a.id === 'gone') - Number(b.id === 'gone')).map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <span className="states-name">
                    <i className="states-ink" style={{ background: stateInk(row.id, s.states) }} />
                    {row.name}
                  </span>
                  <span className="small quiet states-words">
                    {typeset(row.sentence)}
                  </span>
                </th>
                <td className="number">
                  <Door who={{ state: row.id }} count={row.people} label={`people in ${row.name}`} /> <span className="small quiet">{formatPercent(row.share)}</span>
                </td>
                <td className="number">{formatUnits(row.value, s.currency)}</td>
                <td>
                  <span className="states-share">
                    <span className="measure" aria-hidden="true">
                      {row.share_of_value > 0 && <i style={{ width: `${row.share_of_value * 100}%` }} />}
                    </span>
                    {formatPercent(row.share_of_value)}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      {s.others > 0 && (
        <p className="small quiet">
          Nothing is believed of <Door who={{ state: 'none' }} count={s.others} label="people of whom nothing is believed" /> more: they have not acted of their own accord yet.
        </p>
      )}
    </div>
  )
}
