import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import { startQuery } from '@api/start'
import type { StartPage as Start, StartStep } from '@api/types'
import { cx } from '@ui/cx'
import { Failed, Skeleton } from '@ui/States'

import { EventsStep } from './EventsStep'
import { GoalStep } from './GoalStep'
import { LiveStep } from './LiveStep'
import { MapStep } from './MapStep'
import { MessageStep } from './MessageStep'
import { RehearsalStep } from './RehearsalStep'
import { TemplateStep } from './TemplateStep'
import './StartPage.css'

const names: Record<StartStep['id'], string> = {
  template: 'Say what you do',
  events: 'Send a first event',
  map: 'See the map fill',
  goal: 'Name a goal',
  rehearsal: 'Rehearse it',
  live: 'Go live for yourself only',
  message: 'Get the first letter',
}

/** The first hour, step by step. What is done is told by what there is. */
export function StartPage(): React.JSX.Element {
  const { data: start, error, refetch } = useQuery(startQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const done = start?.steps.filter((s) => s.done).length ?? 0
  return (
    <main id="main" className="page start" tabIndex={-1}>
      <title>Start · Rapport</title>
      <div className="heading">
        <h1>What is there to do in the first hour?</h1>
        <p className="answer">{start ? sentence(start, done, workspace?.live === 'everyone') : '\u00a0'}</p>
      </div>
      {start ? <Steps start={start} /> : error ? <Failed error={error} what="The first hour" retry={() => void refetch()} /> : <Skeleton rows={7} height={56} what="the first hour" />}
    </main>
  )
}

function sentence(start: Start, done: number, everyone: boolean): string {
  if (start.done) return 'All of it is done: everything else is on the other pages.'
  if (done === 0) return `${start.steps.length} steps, and nothing that reaches a customer. Leave any time: what is done stays.`
  return `${done} of ${start.steps.length} steps are done. ${everyone ? 'The workspace is live to everybody.' : 'Nothing reaches a customer.'}`
}

function Steps({ start }: { start: Start }): React.JSX.Element {
  const { step } = useSearch({ from: '/start' })
  const navigate = useNavigate({ from: '/start' })
  const open = start.steps.find((s) => s.id === step)?.id ?? start.steps.find((s) => !s.done)?.id ?? 'message'
  const go = (id: StartStep['id']): void => void navigate({ search: { step: id }, resetScroll: false })
  return (
    <ol className="start-steps">
      {start.steps.map((s, i) => (
        <li key={s.id} className={cx('start-step', s.done && 'start-done')} aria-current={s.id === open ? 'step' : undefined}>
          <span className="start-number" aria-hidden="true">
            {s.done ? '✓' : i + 1}
          </span>
          <div className="section">
            <h2>
              <Link to="/start" search={{ step: s.id }} resetScroll={false} className="start-name">
                {names[s.id]}
                <span className="hidden">{s.done ? ', done' : ', to do'}</span>
              </Link>
            </h2>
            <p className="quiet">{s.sentence}</p>
            {s.id === open && <Body id={s.id} start={start} next={() => go(start.steps[i + 1]?.id ?? s.id)} />}
          </div>
        </li>
      ))}
    </ol>
  )
}

function Body({ id, start, next }: { id: StartStep['id']; start: Start; next: () => void }): React.JSX.Element {
  switch (id) {
    case 'template':
      return <TemplateStep start={start} next={next} />
    case 'events':
      return <EventsStep start={start} next={next} />
    case 'map':
      return <MapStep next={next} />
    case 'goal':
      return <GoalStep start={start} next={next} />
    case 'rehearsal':
      return <RehearsalStep start={start} next={next} />
    case 'live':
      return <LiveStep next={next} />
    case 'message':
      return <MessageStep start={start} />
  }
}
