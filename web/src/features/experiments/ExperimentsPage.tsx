import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { experimentsQuery } from '@api/experiments'
import type { TrialRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

import { statusWords } from './words'
import './Experiments.css'

export function ExperimentsPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(experimentsQuery)
  const all = data?.experiments
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Experiments · Rapport</title>
      <div className="heading">
        <h1>Which way is better?</h1>
        <p className="answer">{all ? answerOf(all) : '\u00a0'}</p>
      </div>
      {all && all.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul className="trial-list" onKeyDown={(e) => moveFocus(e, '.trial-name')}>
          {all.map((t) => (
            <li key={t.id}>
              <div>
                <h2>
                  <Link to="/experiments/$id" params={{ id: t.id }} className="trial-name">
                    {t.name}
                  </Link>
                </h2>
                <p>{typeset(t.answer)}</p>
                <p className="small quiet">
                  {statusWords(t)} · {plural(t.arms, 'arm', 'arms')} of {t.split ? t.split.name : t.goals.map((g) => g.name).join(', ')}
                </p>
              </div>
              <p className="trial-people">
                <Door who={{ experiment: t.id }} count={t.people} label={`people came under ${t.name}`} /> <span className="quiet">{t.people === 1 ? 'person' : 'people'}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
      {all?.length === 0 && (
        <Empty title="No experiment is defined">
          An experiment meets people in one of several ways, by chance, and says which is better: messages, actions, or who decides. Write one as YAML under <code>experiments:</code> and apply it with <code>rapport apply</code>, or in <Link to="/definitions">Definitions</Link>.
        </Empty>
      )}
      {!all && (error ? <Failed error={error} what="The experiments" retry={() => void refetch()} /> : <Skeleton rows={3} height={96} what="experiments" />)}
    </main>
  )
}

function answerOf(all: TrialRow[]): string {
  if (all.length === 0) return 'Nothing is being compared.'
  const running = all.filter((t) => t.status === 'running')
  const stop = running.filter((t) => t.stop)
  if (running.length === 0) return `None of ${plural(all.length, 'experiment', 'experiments')} runs now.`
  const runs = `${plural(running.length, 'experiment runs', 'experiments run')}`
  return stop.length === 0 ? `${runs}; none has its answer yet.` : `${runs}; ${stop.length === running.length ? (stop.length === 1 ? 'it has its answer and may stop' : 'all have their answer and may stop') : `${stop.length} of them may stop`}.`
}
