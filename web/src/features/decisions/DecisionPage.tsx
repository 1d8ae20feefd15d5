import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { decisionQuery } from '@api/decisions'
import { workspaceQuery } from '@api/queries'
import type { Decision, DecisionLine } from '@api/types'
import { formatDifference, formatUnits } from '@lib/formatMoney'
import { formatPercent } from '@lib/formatPercent'
import { formatMoment } from '@lib/formatTime'
import { Silence } from '@lib/silence'
import { typeset } from '@lib/typeset'
import { cx } from '@ui/cx'
import { Failed, Skeleton } from '@ui/States'

import { ActionName } from '@ui/ActionName'
import { Candidates } from '@ui/Candidates'
import { TableScroll } from '@ui/TableScroll'
import { stepWords } from './words'
import './Decisions.css'

/** One decision, explained: everything that competed, what stood for it, the draw, and what came of it. */
export function DecisionPage(): React.JSX.Element {
  const { id } = useParams({ from: '/decisions/$id' })
  const { data, error, refetch } = useQuery(decisionQuery(id))
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>A decision · Rapport</title>
      {data ? <Loaded of={data} currency={workspace?.currency ?? ''} /> : error ? <Failed error={error} what="This decision" retry={() => void refetch()} /> : <Skeleton rows={12} height={48} what="a decision" />}
    </main>
  )
}

const again = {
  same: 'Made again from what was archived, it comes out the same, to the bit.',
  different: 'Made again from what was archived, it comes out differently.',
  impossible: 'It cannot be made again.',
}

function Loaded({ of: d, currency }: { of: Decision; currency: string }): React.JSX.Element {
  return (
    <>
      <div className="heading">
        <h1>Why was this decided?</h1>
        <p className="answer">{typeset(d.reason)}</p>
        <p className="quiet">
          For{' '}
          <Link to="/people/$id" params={{ id: d.person }} className="door">
            {d.name ?? 'a person'}
          </Link>{' '}
          on {formatMoment(d.at)}, because of: {d.trigger}.
        </p>
      </div>
      <div className="section">
        <h2>What stood for each</h2>
        <Lines of={d} currency={currency} />
        <p className="small quiet">
          In {currency} a person, over what was expected of them anyway. Each was drawn with its probability{d.policy.startsWith('fair') ? ', all alike: some are too young to tell' : ', in proportion to how often it is best as far as is known'}.
        </p>
      </div>
      <div className="decision-two">
        <div className="section">
          <h2>Everything that was considered</h2>
          <Candidates of={d.candidates} goal={d.goal} chosen={d.chosen} />
        </div>
        <div>
          <Came of={d} currency={currency} />
          <div className="section">
            <h2>Can it be trusted?</h2>
            <p className={d.again === 'different' ? 'bad' : undefined}>
              {again[d.again]} {d.again_why && typeset(d.again_why)}
            </p>
            <dl className="facts facts-stacked">
              <div>
                <dt>Definitions</dt>
                <dd>
                  <code>{d.definition.slice(0, 12)}</code>
                </dd>
              </div>
              {d.posterior && (
                <div>
                  <dt>What was learned by then</dt>
                  <dd>
                    <code>{d.posterior.slice(0, 12)}</code>
                  </dd>
                </div>
              )}
              <div>
                <dt>Draw</dt>
                <dd>
                  <code>{d.seed}</code>
                </dd>
              </div>
              <div>
                <dt>The same at the command line</dt>
                <dd>
                  <code>rapport explain {d.id}</code>
                </dd>
              </div>
            </dl>
          </div>
        </div>
      </div>
    </>
  )
}

/** What came of it. */
function Came({ of: d, currency }: { of: Decision; currency: string }): React.JSX.Element {
  return (
    <div className="section">
      <h2>What came of it</h2>
      {d.action !== Silence && <p>{stepWords(d.step)}</p>}
      {d.outcomes.length === 0 && <p className="quiet">Their first two weeks afterwards are not over yet.</p>}
      <ul>
        {d.outcomes.map((o) => (
          <li key={o.window}>
            In {o.window} days they brought {formatUnits(o.margin, currency)}; with the cost and the change of their state it was worth {formatDifference(o.reward, currency)}.
          </li>
        ))}
      </ul>
      {d.forgone !== undefined && d.forgone > 0 && <p className="bad">A lever turned it, which was expected to cost {formatUnits(d.forgone, currency)}.</p>}
    </div>
  )
}

const parts: [keyof DecisionLine & ('margin' | 'cost' | 'movement' | 'price' | 'shadow' | 'outside' | 'learned'), string][] = [
  ['margin', 'At once'],
  ['movement', 'Their state'],
  ['cost', 'Cost'],
  ['price', 'Attention'],
  ['shadow', 'Budget, stock'],
  ['outside', 'Your model'],
  ['learned', 'Learned'],
]

function Lines({ of: d, currency }: { of: Decision; currency: string }): React.JSX.Element {
  if (d.lines.length === 0) return <p className="quiet">It was made before decisions kept what stood for them.</p>
  const shown = parts.filter(([key]) => key !== 'outside' || d.lines.some((l) => l.outside !== 0))
  const money = (v: number): string => (v === 0 ? '–' : formatDifference(v, currency))
  return (
    <TableScroll name="What stood for each">
      <table className="table table-named">
        <caption className="hidden">What stood for each action, in money</caption>
        <thead>
          <tr>
            <th scope="col">Action</th>
            {shown.map(([key, name]) => (
              <th key={key} scope="col" className="number">
                {name}
              </th>
            ))}
            <th scope="col" className="number">
              All of it
            </th>
            <th scope="col" className="number">
              Probability
            </th>
          </tr>
        </thead>
        <tbody>
          {[...d.lines].sort((a, b) => b.probability - a.probability).map((l) => (
            <tr key={`${l.goal} ${l.action}`} className={cx(l.chosen && 'candidate-chosen')}>
              <th scope="row">
                {l.chosen && <span className="candidate-mark">chosen </span>}
                <ActionName goal={l.goal} action={l.action} />
              </th>
              {shown.map(([key]) => (
                <td key={key} className="number">
                  {money(key === 'cost' || key === 'price' || key === 'shadow' ? -l[key] : l[key])}
                  {key === 'learned' && l.trials > 0 && <span className="small quiet"> ± {formatUnits(l.deviation, currency)}</span>}
                </td>
              ))}
              <td className="number">{money(l.score)}</td>
              <td className="number">{formatPercent(l.probability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}
