import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useRef } from 'react'

import { personQuery, workspaceQuery } from '@api/queries'
import type { Person, Workspace } from '@api/types'
import { effortSentence } from '@lib/effort'
import { plural } from '@lib/formatNumber'
import { formatAgo, formatDay } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { useStickyTop } from '@lib/useStickyTop'
import { EffortBar } from '@ui/EffortBar'
import { Failed, Skeleton } from '@ui/States'

import { Belief } from './Belief'
import { Next } from './Next'
import { PersonFacts } from './PersonFacts'
import { TimelineView } from './TimelineView'
import { valueOf } from './value'
import { Weeks } from './Weeks'
import './PersonPage.css'

export function PersonPage(): React.JSX.Element {
  const { id } = useParams({ from: '/people/$id' })
  const { data: person, error, refetch } = useQuery(personQuery(id))
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${person?.name ?? 'A person'} · Rapport`}</title>
      {person ? <Loaded key={id} person={person} workspace={workspace} /> : error ? <Failed error={error} what="This person" retry={() => void refetch()} /> : <Skeleton rows={12} height={56} what="a person" />}
    </main>
  )
}

function Loaded({ person: p, workspace }: { person: Person; workspace: Workspace | undefined }): React.JSX.Element {
  const stage = workspace?.stages.find((s) => s.id === p.stage)?.name ?? p.stage
  const now = workspace?.now
  const aside = useRef<HTMLElement>(null)
  useStickyTop(aside)
  const value = valueOf(p, workspace?.currency ?? '')
  const events = plural(p.events, 'event', 'events')
  return (
    <>
      <div className="heading">
        <h1>How do things stand with this person?</h1>
        <p className="person-title" dir="auto">
          {p.name}
        </p>
        <p className="answer">{typeset(p.sentence)}</p>
      </div>
      <dl className="person-strip">
        <div>
          <dt>Stage</dt>
          <dd>{stage}</dd>
          <dd className="small quiet">since {formatDay(p.stage_since)}</dd>
        </div>
        <div>
          <dt>Last own act</dt>
          <dd>{formatAgo(p.last_own, now)}</dd>
          <dd className="small quiet">{formatDay(p.last_own)}</dd>
        </div>
        <div>
          <dt>Value</dt>
          <dd>{value.main}</dd>
          <dd className="small quiet">{value.note ? `${value.note} · ${events}` : events}</dd>
        </div>
        <div>
          <dt>First seen</dt>
          <dd>{formatDay(p.first_seen)}</dd>
          <dd className="small quiet">{formatAgo(p.first_seen, now)}</dd>
        </div>
        <div className="person-strip-effort">
          <dt>Who made the effort</dt>
          <dd>
            <EffortBar of={p.effort} poles />
          </dd>
          <dd className="small quiet">{effortSentence(p.effort)}</dd>
        </div>
      </dl>
      <Weeks weeks={p.weeks} />
      <Belief id={p.id} currency={workspace?.currency ?? ''} />
      <div className="person-columns">
        <TimelineView id={p.id} />
        <aside ref={aside} className="person-aside" aria-label="What is known">
          <Next id={p.id} />
          <PersonFacts of={p} workspace={workspace} />
        </aside>
      </div>
    </>
  )
}
