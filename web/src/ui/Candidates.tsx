import type { Candidate } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { cx } from './cx'

import { ActionName } from './ActionName'
import { TableScroll } from './TableScroll'
import './Candidates.css'

/** What could have been done: how likely each was, or why it could not be. */
export function Candidates({ of: candidates, goal, chosen }: { of: Candidate[]; goal: string | undefined; chosen?: number | undefined }): React.JSX.Element {
  const sorted = candidates.map((c, i) => ({ c, i })).sort((a, b) => b.c.probability - a.c.probability)
  return (
    <TableScroll name="Candidates">
      <table className="table candidates">
        <caption className="hidden">Candidates, with the probability of each or the reason against it</caption>
        <thead>
          <tr>
            <th scope="col">Candidate, or why not</th>
            <th scope="col" className="number">
              Probability
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ c, i }) => (
            <tr key={i} className={cx(i === chosen && 'candidate-chosen', c.probability === 0 && 'candidate-out')}>
              <td>
                {i === chosen && <span className="candidate-mark">chosen </span>}
                <ActionName goal={goal} action={c.action} />
                {c.channel && <span className="quiet"> by {c.channel}</span>}
                {c.withheld && (
                  <span className="candidate-why">
                    {typeset(c.withheld.sentence)}
                    {c.withheld.until && ` Until ${formatMoment(c.withheld.until)}.`}
                  </span>
                )}
              </td>
              <td className="number">
                <span className="candidate-probability" aria-hidden="true">
                  <i style={{ width: `${c.probability * 100}%` }} />
                </span>
                {c.probability > 0 ? formatPercent(c.probability) : 'withheld'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}
