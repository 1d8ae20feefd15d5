import type { Goal } from '@api/types'
import { formatPercent } from '@lib/formatPercent'
import { cx } from '@ui/cx'
import { Door } from '@ui/Door'

/** Where the people of the goal are now, arm beside arm. */
export function StagesByArm({ goal: g, stage }: { goal: Goal; stage: (id: string) => string }): React.JSX.Element {
  const total = { treated: sum(g.stages.map((s) => s.treated)), holdout: sum(g.stages.map((s) => s.holdout)) }
  const most = Math.max(0.01, ...g.stages.flatMap((s) => [share(s.treated, total.treated), share(s.holdout, total.holdout)]))
  return (
    <section className="section" aria-labelledby="stages">
      <h2 id="stages">Where they are now</h2>
      <p className="note">
        Solid: treated. Outlined: held out. <span aria-hidden="true">◎</span> marks the stages that the goal wants.
      </p>
      <ul className="stages">
        {g.stages.map((s) => (
          <li key={s.stage} className={cx(s.desired && 'stage-desired')}>
            <span className="stage-name">
              {stage(s.stage)}
              {s.desired && <span title="desired"> ◎</span>}
            </span>
            <Side goal={g.id} arm="treated" stage={s.stage} people={s.treated} of={total.treated} most={most} />
            <Side goal={g.id} arm="holdout" stage={s.stage} people={s.holdout} of={total.holdout} most={most} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Side({ goal, arm, stage, people, of, most }: { goal: string; arm: string; stage: string; people: number; of: number; most: number }): React.JSX.Element {
  const part = share(people, of)
  return (
    <span className={`stage-side stage-${arm}`}>
      <span className="stage-bar" aria-hidden="true">
        {people > 0 && <i style={{ width: `${(100 * part) / most}%` }} />}
      </span>
      <span className="stage-share">{formatPercent(part)}</span>
      <Door who={{ goal, arm, stage }} count={people} label={`people ${arm === 'treated' ? 'treated' : 'held out'}`} />
    </span>
  )
}

const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0)
const share = (n: number, of: number): number => (of === 0 ? 0 : n / of)
