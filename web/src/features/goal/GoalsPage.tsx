import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { goalsQuery } from '@api/queries'
import type { GoalRow } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { plural } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

import './GoalPage.css'

export function GoalsPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(goalsQuery)
  const goals = data?.goals
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Goals · Rapport</title>
      <div className="heading">
        <h1>What are we trying to change, and does it work?</h1>
        <p className="answer">{goals ? answerOf(goals) : '\u00a0'}</p>
      </div>
      {goals && goals.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul className="goal-list" onKeyDown={(e) => moveFocus(e, '.goal-name')}>
          {goals.map((g) => (
            <li key={g.id}>
              <div>
                <h2>
                  <Link to="/goals/$id" params={{ id: g.id }} className="goal-name">
                    {g.name}
                  </Link>
                </h2>
                <p>{typeset(g.answer)}</p>
              </div>
              <p className="goal-joined">
                <Door who={{ goal: g.id }} count={g.joined} label={`people who joined ${g.name}`} /> <span className="quiet">joined</span>
              </p>
            </li>
          ))}
        </ul>
      )}
      {goals?.length === 0 && (
        <Empty title="A goal says from where to where">
          It names who, a desired stage, a horizon and what it is measured by, and the actions that may be tried. Write one as YAML beside the map and apply it with <code>rapport apply</code>.
        </Empty>
      )}
      {!goals && (error ? <Failed error={error} what="The goals" retry={() => void refetch()} /> : <Skeleton rows={4} height={88} what="goals" />)}
    </main>
  )
}

function answerOf(goals: GoalRow[]): string {
  if (goals.length === 0) return 'No goal is set yet.'
  const most = Math.max(...goals.map((g) => g.joined))
  if (most === 0) return `${plural(goals.length, 'goal waits for its', 'goals wait for their')} first person.`
  return `${plural(goals.length, 'goal is', 'goals are')} at work; the largest has been joined by ${plural(most, 'person', 'people')}.`
}
