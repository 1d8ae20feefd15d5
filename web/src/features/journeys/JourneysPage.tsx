import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { journeysQuery } from '@api/journeys'
import type { JourneyRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

import './Journeys.css'

/** Authored flows and broadcasts, and how far people have come in them. */
export function JourneysPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(journeysQuery)
  const journeys = data?.journeys.filter((j) => !j.broadcast) ?? []
  const broadcasts = data?.journeys.filter((j) => j.broadcast) ?? []
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Journeys · Rapport</title>
      <div className="heading">
        <h1>What do we lead people through?</h1>
        <p className="answer">{data ? answer(data.journeys) : '\u00a0'}</p>
      </div>
      {!data && (error ? <Failed error={error} what="The journeys" retry={() => void refetch()} /> : <Skeleton rows={4} height={72} what="journeys" />)}
      {data && data.journeys.length === 0 && (
        <Empty title="A journey is what always happens next">
          It has steps that send, wait, branch and hand over, such as a welcome; a broadcast is one message to many at a time. Write one under journeys or broadcasts in the{' '}
          <Link to="/definitions" className="door">
            definitions
          </Link>
          . Both pass the same gate as goals, and leave the rest to them.
        </Empty>
      )}
      <Rows title="Journeys" rows={journeys} />
      <Rows title="Broadcasts" rows={broadcasts} />
    </main>
  )
}

function Rows({ title, rows }: { title: string; rows: JourneyRow[] }): React.JSX.Element | null {
  if (rows.length === 0) return null
  return (
    <section className="section" aria-label={title}>
      <h2>{title}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="journeys" onKeyDown={(e) => moveFocus(e, '.journey-name')}>
        {rows.map((j) => (
          <li key={j.id}>
            <div>
              <h3>
                <Link to="/journeys/$id" params={{ id: j.id }} className="journey-name">
                  {j.name}
                </Link>
              </h3>
              <p className="small quiet">Begins {j.begins}.</p>
              <p>{j.sentence}</p>
            </div>
            <dl className="journey-figures">
              {j.broadcast ? (
                <>
                  <Count j={j} stride="sent" n={j.sent} word="sent" />
                  <Count j={j} stride="not_sent" n={j.not_sent} word="not sent" />
                </>
              ) : (
                <>
                  <Count j={j} stride="began" n={j.began} word="began" />
                  <Count j={j} stride="inside" n={j.inside} word="inside" />
                  <Count j={j} stride="through" n={j.through} word="through" />
                </>
              )}
            </dl>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Count({ j, stride, n, word }: { j: JourneyRow; stride: string; n: number; word: string }): React.JSX.Element {
  return (
    <div>
      <dt className="small quiet">{word}</dt>
      <dd>
        <Door who={{ journey: j.id, stride }} count={n} label={`people ${word}: ${j.name}`} />
      </dd>
    </div>
  )
}

function answer(all: JourneyRow[]): string {
  if (all.length === 0) return 'Nothing is authored; goals choose for each person.'
  const inside = all.reduce((sum, j) => sum + j.inside, 0)
  const journeys = all.filter((j) => !j.broadcast).length
  const parts = [journeys > 0 ? plural(journeys, 'journey', 'journeys') : '', all.length > journeys ? plural(all.length - journeys, 'broadcast', 'broadcasts') : '']
  return `${parts.filter(Boolean).join(' and ')}; ${inside === 0 ? 'nobody is inside now' : plural(inside, 'place in them is taken now', 'places in them are taken now')}.`
}
