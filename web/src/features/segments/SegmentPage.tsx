import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { segmentQuery, segmentsQuery } from '@api/queries'
import type { Segment, SegmentUse } from '@api/types'
import { typeset } from '@lib/typeset'
import { Failed, Skeleton } from '@ui/States'

import { Members } from './Members'
import { Moves } from './Moves'
import { movedWords, sweepWords } from './words'
import './SegmentsPage.css'

export function SegmentPage(): React.JSX.Element {
  const { id } = useParams({ from: '/segments/$id' })
  const { data: segment, error, refetch } = useQuery(segmentQuery(id))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${segment?.name ?? 'Segment'} · Rapport`}</title>
      {segment ? <Loaded segment={segment} /> : error ? <Failed error={error} what="This segment" retry={() => void refetch()} /> : <Skeleton rows={10} height={56} what="the segment" />}
    </main>
  )
}

function Loaded({ segment: s }: { segment: Segment }): React.JSX.Element {
  const { data: all } = useQuery(segmentsQuery)
  return (
    <>
      <div className="heading">
        <h1>{s.name}: who belongs to it?</h1>
        <p className="answer">{typeset(`${s.sentence} ${s.computing ? '' : movedWords(s.entered, s.left)}`)}</p>
        {s.computing && all && (
          <p className="quiet" role="status">
            {sweepWords(all.sweep)}
          </p>
        )}
      </div>
      <div className="columns columns-wide">
        <div className="column">
          <section className="section" aria-labelledby="rule">
            <h2 id="rule">The rule</h2>
            <pre className="segment-rule">
              <code>{s.rule}</code>
            </pre>
            <p>
              <Link to="/segment-rule" search={{ from: s.id, rule: s.rule }} className="button">
                Change the rule
              </Link>
            </p>
            <p className="small quiet">
              {s.time ? 'The passing of time alone moves people into it and out of it.' : 'People enter and leave it only when something happens to them.'} Version <span className="mono">{s.version}</span>.
            </p>
          </section>
          <section className="section" aria-labelledby="moves">
            <h2 id="moves">Left and entered in the last 8 days</h2>
            <Moves entered={s.entered} left={s.left} most={Math.max(s.entered, s.left)} />
          </section>
          <Depends of={s} />
          <section className="section" aria-labelledby="used">
            <h2 id="used">Used by</h2>
            {s.used_by.length === 0 ? (
              <p className="quiet">No goal, action or other segment speaks of it.</p>
            ) : (
              <ul className="facts">
                {s.used_by.map((u) => (
                  <li key={`${u.kind} ${u.id}`} className="segment-use">
                    <span className="quiet">{u.kind}</span> <Use of={u} />
                  </li>
                ))}
              </ul>
            )}
          </section>
        </div>
        <Members segment={s} />
      </div>
    </>
  )
}

/** What the rule asks, so that one sees what could change it. */
function Depends({ of: s }: { of: Segment }): React.JSX.Element {
  const rows: [string, React.ReactNode][] = []
  if (s.features.length > 0) rows.push(['features', s.features.map((f) => f.name).join(', ')])
  if (s.events.length > 0) rows.push(['events', s.events.join(', ')])
  if (s.segments.length > 0) rows.push(['segments', s.segments.map((o, i) => [i > 0 && ', ', <SegmentLink key={o.id} id={o.id} name={o.name} />])])
  if (s.traits) rows.push(['traits', 'what people or systems declared'])
  if (s.stage) rows.push(['stage', 'where people are'])
  if (s.time) rows.push(['time', 'how long ago things were'])
  return (
    <section className="section" aria-labelledby="depends">
      <h2 id="depends">What it depends on</h2>
      {rows.length === 0 ? (
        <p className="quiet">Nothing: the rule says the same of everybody.</p>
      ) : (
        <dl className="facts">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

const SegmentLink = ({ id, name }: { id: string; name: string }): React.JSX.Element => (
  <Link to="/segments/$id" params={{ id }} className="door">
    {name}
  </Link>
)

function Use({ of: u }: { of: SegmentUse }): React.JSX.Element {
  if (u.kind === 'segment') return <SegmentLink id={u.id} name={u.name} />
  return (
    <Link to="/goals/$id" params={{ id: u.id.split('/')[0] ?? u.id }} className="door">
      {u.name}
    </Link>
  )
}
