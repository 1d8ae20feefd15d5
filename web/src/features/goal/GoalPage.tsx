import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import { goalQuery, workspaceQuery } from '@api/queries'
import type { Goal, Workspace } from '@api/types'
import { formatDays } from '@lib/formatTime'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Actions } from './Actions'
import { Arms } from './Arms'
import { Course } from './Course'
import { Done } from './Done'
import { Gap } from './Gap'
import { LiftView } from './LiftView'
import { Plan } from './Plan'
import { Recent } from './Recent'
import { StagesByArm } from './StagesByArm'
import { Withheld } from './Withheld'
import './GoalPage.css'

export function GoalPage(): React.JSX.Element {
  const { id } = useParams({ from: '/goals/$id' })
  const { data: goal, error, refetch } = useQuery(goalQuery(id))
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${goal?.name ?? 'Goal'} · Rapport`}</title>
      {goal ? <Loaded goal={goal} workspace={workspace} /> : error ? <Failed error={error} what="This goal" retry={() => void refetch()} /> : <Skeleton rows={12} height={56} what="the goal" />}
    </main>
  )
}

function Loaded({ goal: g, workspace }: { goal: Goal; workspace: Workspace | undefined }): React.JSX.Element {
  const currency = workspace?.currency ?? ''
  const stage = (id: string): string => workspace?.stages.find((s) => s.id === id)?.name ?? id
  return (
    <>
      <div className="heading">
        <h1>{g.name}: does it work?</h1>
        <p className="answer">{typeset(g.answer)}</p>
        <p className="goal-sentence">
          <em>Who</em> {g.who} <em>from</em> {g.from.map(stage).join(' or ') || 'anywhere'} <em>to</em> {g.to.map(stage).join(' or ')} <em>within</em> {formatDays(g.horizon_days)} <em>measured by</em> {g.kpi_name}
        </p>
      </div>
      {g.warning && (
        <p className="goal-warning" role="note">
          <strong>Do not trust the comparison yet.</strong> {typeset(g.warning)}
        </p>
      )}
      {g.counts.joined === 0 ? <Waiting goal={g} /> : <Measured goal={g} currency={currency} stage={stage} now={workspace?.now ?? null} />}
      <p className="quiet small goal-foot">
        {formatPercent(g.holdout)} of the people of this goal are held out of it, and {formatPercent(g.global_holdout)} of everybody are held out of everything, by hash. {typeset(g.lift.method)}
      </p>
    </>
  )
}

/** Before anybody has come under the goal: what will be here, and what may be tried. */
function Waiting({ goal: g }: { goal: Goal }): React.JSX.Element {
  return (
    <div className="goal-columns">
      <Empty title="It waits for its first person">Who is treated, who is held out to measure against, what was done and what it earned will stand here.</Empty>
      <Actions goal={g} />
    </div>
  )
}

interface MeasuredProps {
  goal: Goal
  currency: string
  stage: (id: string) => string
  now: string | null
}

function Measured({ goal: g, currency, stage, now }: MeasuredProps): React.JSX.Element {
  return (
    <>
      <LiftView goal={g} currency={currency} />
      <Gap goal={g} />
      <Course goal={g.id} kpi={g.kpi_name} currency={currency} />
      <div className="goal-columns">
        <div className="goal-column">
          <Arms goal={g} currency={currency} />
          <Done goal={g} />
          <Withheld goal={g} />
          <Plan goal={g.id} />
        </div>
        <div className="goal-column">
          <StagesByArm goal={g} stage={stage} />
          <Actions goal={g} />
          <Recent goal={g} now={now} />
        </div>
      </div>
    </>
  )
}
