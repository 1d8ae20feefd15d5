import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { definitionQuery, useApply, validationQuery } from '@api/definitions'
import { mapQuery } from '@api/queries'
import type { MapStage, StartPage } from '@api/types'
import { typeset } from '@lib/typeset'
import { useSettled } from '@lib/useSettled'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import type { GoalDraft } from './goal'
import { withGoal } from './goal'

interface Props {
  start: StartPage
  next: () => void
}

export function GoalStep({ start, next }: Props): React.JSX.Element | null {
  const { data: map } = useQuery(mapQuery)
  if (!map || map.stages.length === 0) return null
  return <GoalForm stages={map.stages} start={start} next={next} />
}

/** What earns money, by template. */
const earns: Record<string, string> = { retail: 'Order Completed', app: 'Subscription Started', saas: 'Subscription Started', telco: 'Bill Paid' }

function earning({ in_force, seen }: StartPage): string {
  const known = Object.values(earns)
  return earns[in_force ?? ''] ?? (seen.find((s) => known.includes(s.event)) ?? seen[0])?.event ?? 'Order Completed'
}

/** One sentence that says the goal, and one letter that may serve it. It becomes definitions, as everything does. */
function GoalForm({ stages, start, next }: Props & { stages: MapStage[] }): React.JSX.Element {
  const from = stages[Math.max(0, stages.findIndex((s) => s.people > 0 && s.id !== stages[0]?.id))] ?? stages[0]
  const to = stages[Math.min(stages.length - 1, stages.findIndex((s) => s.id === from?.id) + 1)]
  const [goal, setGoal] = useState<GoalDraft>({
    name: `From ${from?.name ?? ''} to ${to?.name ?? ''}`, from: from?.id ?? '', to: to?.id ?? '', days: 30, event: earning(start),
    subject: 'Is everything as you hoped?', body: 'Hello {{ first_name | default: "there" }},\n\nif there is anything you would like to know, ask. A person answers, today if we can.', label: 'Ask us anything', url: `${location.origin}/`,
  })
  const set = (change: Partial<GoalDraft>): void => setGoal({ ...goal, ...change })
  const { data: current } = useQuery(definitionQuery('current'))
  const yaml = current && withGoal(current.yaml, goal)
  const settled = useSettled(yaml ?? '', 300)
  const { data: validation, isPlaceholderData } = useQuery(validationQuery(settled, current?.hash ?? ''))
  const apply = useApply()
  const ready = validation?.valid === true && settled === yaml && !isPlaceholderData
  if (current && yaml === null) {
    return (
      <Link to="/definitions" search={{ at: 'goals' }} className="button">
        Write it in the definitions
      </Link>
    )
  }
  return (
    <form
      className="section start-goal"
      onSubmit={(e) => {
        e.preventDefault()
        if (current && yaml) apply.mutate({ yaml, base: current.hash, message: `Goal: ${goal.name}` }, { onSuccess: next })
      }}
    >
      <Row name="Name" value={goal.name} set={(name) => set({ name })} />
      <div className="place-fields">
        <Stage name="People in" stages={stages} value={goal.from} set={(id) => set({ from: id })} />
        <Stage name="should come to" stages={stages} value={goal.to} set={(id) => set({ to: id })} />
        <label className="form-row">
          <span className="small">within days</span>
          <input className="field" type="number" min={1} max={365} value={goal.days} onChange={(e) => set({ days: Number(e.target.value) })} required />
        </label>
        <Row name="and bring revenue by" value={goal.event} set={(event) => set({ event })} />
      </div>
      <Row name="A letter that may help: its subject" value={goal.subject} set={(subject) => set({ subject })} />
      <label className="form-row">
        <span className="small">What it says</span>
        <textarea className="field" rows={5} value={goal.body} onChange={(e) => set({ body: e.target.value })} required />
      </label>
      <div className="place-fields">
        <Row name="Its next step" value={goal.label} set={(label) => set({ label })} />
        <Row name="which leads to" value={goal.url} set={(url) => set({ url })} />
      </div>
      <p className="small quiet place-effect" role="status">
        {validation?.valid && validation.changes ? typeset(validation.changes.sentence) : '\u00a0'}
        {validation?.problems.map((p) => `${p.path}: ${p.what}; ${p.mend}`).join(' ')}
      </p>
      <Refused error={apply.error} />
      <p className="start-acts">
        <Button type="submit" look="main" disabled={!ready || apply.isPending}>
          Make it a goal
        </Button>
        <Button onClick={next}>The template’s goals will do for now</Button>
      </p>
    </form>
  )
}

const Row = ({ name, value, set }: { name: string; value: string; set: (v: string) => void }): React.JSX.Element => (
  <label className="form-row">
    <span className="small">{name}</span>
    <input className="field" value={value} onChange={(e) => set(e.target.value)} required maxLength={200} />
  </label>
)

const Stage = ({ name, stages, value, set }: { name: string; stages: MapStage[]; value: string; set: (v: string) => void }): React.JSX.Element => (
  <label className="form-row">
    <span className="small">{name}</span>
    <select className="field" value={value} onChange={(e) => set(e.target.value)}>
      {stages.map((s) => (
        <option key={s.id} value={s.id}>
          {s.name}
        </option>
      ))}
    </select>
  </label>
)
