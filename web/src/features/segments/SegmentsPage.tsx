import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { segmentsQuery } from '@api/queries'
import type { Segments } from '@api/types'
import { formatPercent } from '@lib/formatPercent'
import { moveFocus } from '@lib/moveFocus'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Moves } from './Moves'
import { answerOf, sweepWords } from './words'
import './SegmentsPage.css'

export function SegmentsPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(segmentsQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Segments · Rapport</title>
      <div className="heading">
        <h1>Who belongs together?</h1>
        <p className="answer">{data ? typeset(answerOf(data)) : '\u00a0'}</p>
        <p>
          <Link to="/segment-rule" className="button">
            New segment
          </Link>
        </p>
        {data?.sweep.running && (
          <p className="quiet" role="status">
            {sweepWords(data.sweep)}
          </p>
        )}
      </div>
      {data && data.segments.length > 0 && <List of={data} />}
      {data?.segments.length === 0 && (
        <Empty title="A segment is a rule that says who belongs to it">
          Its people are always those to whom the rule applies now, and they enter and leave by themselves. Write one here, counted as you type, or under <code>segments</code> beside the map, such as <code>{'when: did("Order placed", 3, days(90))'}</code>, and apply it with <code>rapport apply</code>.
        </Empty>
      )}
      {!data && (error ? <Failed error={error} what="The segments" retry={() => void refetch()} /> : <Skeleton rows={6} height={73} what="segments" />)}
    </main>
  )
}

function List({ of: { segments } }: { of: Segments }): React.JSX.Element {
  const most = Math.max(...segments.flatMap((s) => [s.entered, s.left]))
  return (
    <div>
      <div className="list-head segment-head" aria-hidden="true">
        <span>Segment</span>
        <span>People</span>
        <span>Share of everybody</span>
        <span>Left and entered in 8 days</span>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="list segment-list" onKeyDown={(e) => moveFocus(e, '.segment-name')}>
        {segments.map((s) => (
          <li key={s.id}>
            <div className="segment-what">
              <h2>
                <Link to="/segments/$id" params={{ id: s.id }} className="segment-name list-door">
                  {s.name}
                </Link>
              </h2>
              <code className="quiet">{s.rule}</code>
            </div>
            <span className="segment-people">
              <Door who={{ segment: s.id }} count={s.people} label={`people in ${s.name}`} />
              {s.computing && <span className="small quiet"> so far</span>}
            </span>
            <span className="segment-share">
              <span className="measure" aria-hidden="true">
                {s.people > 0 && <i style={{ width: `${s.share * 100}%` }} />}
              </span>
              {formatPercent(s.share)}
            </span>
            <Moves entered={s.entered} left={s.left} most={most} />
          </li>
        ))}
      </ul>
    </div>
  )
}
