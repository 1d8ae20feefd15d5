import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { evaluationQuery } from '@api/decisions'
import type { EffectsBy } from '@api/decisions'
import type { EffectCell, Evaluation } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { Estimate } from '@ui/Estimate'
import { Failed, Skeleton } from '@ui/States'

import { ActionName } from '@ui/ActionName'

const named: [string, string][] = [
  ['uniform', 'everything that is allowed, alike'],
  ['silence', 'never doing anything'],
  ['best', 'always what looked best'],
]

/** What another policy would have earned on the decisions that were made. */
export function OtherPolicy({ policy, by, cells, currency }: { policy: string; by: EffectsBy; cells: EffectCell[]; currency: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(evaluationQuery(policy))
  const navigate = useNavigate()
  const actions = [...new Map(cells.map((c) => [`always:${c.goal}/${c.action}`, c])).entries()]
  return (
    <section className="section" aria-labelledby="other-policy">
      <h2 id="other-policy">What another policy would have earned</h2>
      <label className="decision-choice">
        <span className="small quiet">Policy</span>
        <select className="field" value={policy} onChange={(e) => void navigate({ to: '/effects', search: { ...(by === 'stage' ? {} : { by }), policy: e.target.value }, replace: true, resetScroll: false })}>
          {named.map(([id, words]) => (
            <option key={id} value={id}>
              {words}
            </option>
          ))}
          {actions.map(([id, c]) => (
            <option key={id} value={id}>
              {`always ${c.action.replaceAll(/[_-]/g, ' ')}, where it is allowed`}
            </option>
          ))}
        </select>
      </label>
      {data ? <Answer of={data} currency={currency} actions={Object.fromEntries(actions)} /> : error ? <Failed error={error} what="The comparison" retry={() => void refetch()} /> : <Skeleton rows={3} height={48} what="the comparison" />}
    </section>
  )
}

function Answer({ of: e, currency, actions }: { of: Evaluation; currency: string; actions: Record<string, EffectCell> }): React.JSX.Element {
  const money = (v: number): string => formatUnits(v, currency)
  const far = Math.max(0.01, ...[e.logged, ...e.estimates].map((x) => x.high)) * 1.1
  const near = Math.min(0, ...[e.logged, ...e.estimates].map((x) => x.low))
  const best = e.estimates.find((x) => x.name === 'DR') ?? e.estimates[0]
  const fixed = actions[e.policy]
  return (
    <>
      {e.refused && (
        <p role="note">
          <strong>It cannot be told.</strong> {typeset(e.refused)}
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
            <dt>{fixed ? <ActionName goal={fixed.goal} action={fixed.action} /> : (named.find(([id]) => id === e.policy)?.[1] ?? e.policy)}</dt>
            <dd>
              <Estimate of={{ ...best, people: 0, enough: true }} format={money} domain={[near, far]} against={{ value: e.logged.value, name: 'what was done earned' }} />
            </dd>
          </div>
        )}
      </dl>
      <p className="small quiet">
        A decision, from {formatNumber(e.decisions)} whose outcome is known; as good as {formatNumber(Math.round(e.effective))} of its own.
        {!e.refused && e.estimates.length > 1 && ` The doubly robust estimate is shown; others say ${e.estimates.filter((x) => x !== best).map((x) => `${x.name} ${money(x.value)}`).join(', ')}.`}
      </p>
    </>
  )
}
