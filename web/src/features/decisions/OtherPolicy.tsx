import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'

import { evaluationQuery } from '@api/decisions'
import type { Days } from '@api/decisions'
import type { EffectCell, Evaluation } from '@api/types'
import { keptDraft } from '@lib/draft'
import { formatUnits } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { Estimate } from '@ui/Estimate'
import { Failed, Skeleton } from '@ui/States'
import { TableScroll } from '@ui/TableScroll'

const named: [string, string][] = [
  ['uniform', 'everything that is allowed, alike'],
  ['silence', 'never doing anything'],
  ['best', 'always what looked best'],
  ['in-force', 'what is learned by now'],
]

/** The policy that is the text of the Definitions page, which is not in force. */
const DRAFT = 'draft'

/** How an estimator comes to its number, in a few words. */
const ways: Record<string, string> = {
  DR: 'doubly robust: go by this',
  IPS: 'weights alone',
  SNIPS: 'weights that sum to 1',
  DM: 'the regression’s word for it',
  SNDR: 'doubly robust, weights that sum to 1',
  'Switch-DR': 'doubly robust, large weights left to the regression',
  DRos: 'doubly robust, large weights shrunk',
}

/** What another policy would have earned on the decisions that were made, of any days. */
export function OtherPolicy({ policy, days, cells, currency }: { policy: string; days: Days; cells: EffectCell[]; currency: string }): React.JSX.Element {
  const wrong = !!days.since && !!days.until && days.since > days.until
  const draft = keptDraft()?.text
  const lost = policy === DRAFT && !draft
  const { data, error, refetch } = useQuery({ ...evaluationQuery(policy, days, policy === DRAFT ? draft : undefined), enabled: !wrong && !lost })
  const navigate = useNavigate({ from: '/effects' })
  const actions = [...new Map(cells.map((c) => [`always:${c.goal}/${c.action}`, c])).entries()]
  const ask = (change: Days & { policy?: string }): void => void navigate({ to: '/effects', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false })
  return (
    <section className="section" aria-labelledby="other-policy">
      <h2 id="other-policy">What another policy would have earned</h2>
      <div className="decision-narrow">
        <label className="decision-choice">
          <span className="small quiet">Policy</span>
          <select className="field" value={policy} onChange={(e) => ask({ policy: e.target.value })}>
            {named.map(([id, words]) => (
              <option key={id} value={id}>
                {words}
              </option>
            ))}
            {(draft || lost) && <option value={DRAFT}>the draft on the Definitions page</option>}
            {actions.map(([id, c]) => (
              <option key={id} value={id}>
                {`always ${c.action.replaceAll(/[_-]/g, ' ')}, where it is allowed`}
              </option>
            ))}
          </select>
        </label>
        <label className="decision-choice">
          <span className="small quiet">Decisions from</span>
          <input type="date" className="field" value={days.since ?? ''} onChange={(e) => ask({ since: e.target.value || undefined })} />
        </label>
        <label className="decision-choice">
          <span className="small quiet">to</span>
          <input type="date" className="field" value={days.until ?? ''} aria-invalid={wrong} onChange={(e) => ask({ until: e.target.value || undefined })} />
        </label>
      </div>
      {lost ? (
        <p role="note">
          There is no draft in this tab: change something on the <Link to="/definitions">Definitions</Link> page, and come back before it is applied.
        </p>
      ) : wrong ? (
        <p className="bad" role="alert">
          The end comes before the begin.
        </p>
      ) : error ? (
        <Failed error={error} what="The comparison" retry={() => void refetch()} />
      ) : data ? (
        <Answer of={data} currency={currency} name={data.policy === DRAFT ? 'the draft' : named.find(([id]) => id === data.policy)?.[1] ?? `always ${data.policy.split('/').pop()?.replaceAll(/[_-]/g, ' ') ?? ''}`} />
      ) : (
        <Skeleton rows={3} height={48} what="the comparison" />
      )}
    </section>
  )
}

function Answer({ of: e, currency, name }: { of: Evaluation; currency: string; name: string }): React.JSX.Element {
  const money = (v: number): string => formatUnits(v, currency)
  const all = [e.logged, ...e.estimates]
  const far = Math.max(0.01, ...all.map((x) => x.high)) * 1.1
  const near = Math.min(0, ...all.map((x) => x.low))
  const best = e.estimates.find((x) => x.name === 'DR') ?? e.estimates[0]
  const against = { value: e.logged.value, name: 'what was done earned' }
  return (
    <>
      {e.refused && (
        <p role="note">
          <strong>It cannot be told:</strong> {typeset(e.refused)}. The estimates are not to be acted upon.
        </p>
      )}
      <dl className="facts">
        <div>
          <dt>What was done</dt>
          <dd>
            <Estimate of={{ ...e.logged, people: 0, enough: true }} format={money} domain={[near, far]} />
          </dd>
        </div>
        {best && !e.refused && (
          <div>
            <dt>{name}</dt>
            <dd>
              <Estimate of={{ ...best, people: 0, enough: true }} format={money} domain={[near, far]} against={against} />
            </dd>
          </div>
        )}
      </dl>
      <p className="small quiet">
        A decision, from {formatNumber(e.decisions)} whose outcome is known; as good as {formatNumber(Math.round(e.effective))} of its own. The weightiest carries {formatPercent(e.largest)} of the weight.
      </p>
      {e.policy === DRAFT && (
        <p className="small quiet">
          Decided again by what is learned by now: what the draft leaves out is not offered, and margins and costs are the draft’s.
          {e.uncounted?.length ? ` It changes ${formatNumber(e.uncounted.length)} more, which ${e.uncounted.length === 1 ? 'is' : 'are'} taken as it was: ${e.uncounted.join('; ')}.` : ''}
        </p>
      )}
      <details>
        <summary>All estimates</summary>
        <TableScroll name="Estimates of what the policy would have earned">
          <table className="table table-named">
            <thead>
              <tr>
                <th scope="col">Estimator</th>
                <th scope="col">A decision</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
              </tr>
            </thead>
            <tbody>
              {e.estimates.map((x) => (
                <tr key={x.name}>
                  <th scope="row">
                    {x.name} <span className="small quiet">{ways[x.name]}</span>
                  </th>
                  <td>
                    <Estimate of={{ ...x, people: 0, enough: true }} format={money} domain={[near, far]} against={against} />
                  </td>
                  <td>{money(x.low)}</td>
                  <td>{money(x.high)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
        <p className="small quiet">Intervals may be looked at at any time. Those of the regression alone, Switch-DR and DRos do not know how wrong the regression is.</p>
      </details>
    </>
  )
}
