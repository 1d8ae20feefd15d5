import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Fragment } from 'react'

import { experimentQuery } from '@api/experiments'
import { workspaceQuery } from '@api/queries'
import type { Trial } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatPercent } from '@lib/formatPercent'
import { formatDays } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'

import { ArmCourses } from './ArmCourses'
import { ArmsTable } from './ArmsTable'
import { EndIt } from './EndIt'
import { Lasting } from './Lasting'
import { SampleRatio } from './SampleRatio'
import { statusWords } from './words'
import './Experiments.css'

export function ExperimentPage(): React.JSX.Element {
  const { id } = useParams({ from: '/experiments/$id' })
  const { data: trial, error, refetch } = useQuery(experimentQuery(id))
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${trial?.name ?? 'Experiment'} · Rapport`}</title>
      {trial ? <Loaded trial={trial} currency={workspace?.currency ?? ''} /> : error ? <Failed error={error} what="This experiment" retry={() => void refetch()} /> : <Skeleton rows={10} height={56} what="the experiment" />}
    </main>
  )
}

function Loaded({ trial: t, currency }: { trial: Trial; currency: string }): React.JSX.Element {
  return (
    <>
      <div className="heading">
        <h1>{t.name}</h1>
        <p className="answer">{typeset(t.answer)}</p>
        <p className="trial-sentence">
          <em>People of</em>{' '}
          {t.split && (
            <>
              the split “{t.split.step}” of{' '}
              <Link to="/journeys/$id" params={{ id: t.split.journey }} className="door">
                {t.split.name}
              </Link>
            </>
          )}
          {t.goals.map((g, i) => (
            <Fragment key={g.id}>
              {i > 0 && ' and '}
              <Link to="/goals/$id" params={{ id: g.id }} className="door">
                {g.name}
              </Link>
            </Fragment>
          ))}{' '}
          <em>measured by</em> {t.kpi_name} within {formatDays(t.within_days)} <em>assigned</em> {t.assignment === 'fixed' ? 'once, by hash' : 'anew at each decision, by the learner'} <em>worth knowing</em> {formatUnits(t.effect, currency)} a {t.unit}, wrong at most{' '}
          {formatPercent(t.alpha)} of the time <em>status</em> {lower(statusWords(t))}
        </p>
      </div>
      {t.warnings.map((w) => (
        <p key={w} className="trial-warning" role="note">
          {typeset(w)}
        </p>
      ))}
      {t.people === 0 ? (
        <Empty title={t.status === 'planned' ? 'It has not begun' : 'It waits for its first person'}>How many people met each arm, what they earned, and how sure we have become, week by week, will stand here.</Empty>
      ) : (
        <ArmCourses trial={t} currency={currency} />
      )}
      <ArmsTable trial={t} currency={currency} />
      <div className="trial-columns">
        {t.people > 0 && <SampleRatio trial={t} />}
        <section className="section" aria-labelledby="when">
          <h2 id="when">When it will be known</h2>
          <p>{typeset(t.forecast.sentence)}</p>
          <p className="trial-doors">
            {t.split && (
              <Link to="/journeys/$id" params={{ id: t.split.journey }} className="door">
                {t.split.name}, step by step
              </Link>
            )}
            {t.goals.map((g) => (
              <Link key={g.id} to="/decisions" search={{ goal: g.id }} className="door">
                Decisions of {g.name}
              </Link>
            ))}
            <Link to="/definitions" className="door">
              Definitions
            </Link>
          </p>
        </section>
        {t.people > 0 && t.unit === 'person' && <Lasting trial={t} currency={currency} />}
        <EndIt trial={t} />
      </div>
      <p className="quiet small trial-foot">{typeset(t.method)}</p>
    </>
  )
}

const lower = (s: string): string => s.charAt(0).toLowerCase() + s.slice(1)
