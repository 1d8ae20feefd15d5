import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import { rehearsalsQuery, usePlayed } from '@api/rehearsals'
import type { Cast, Frame, Rehearsal } from '@api/types'
import { typeset } from '@lib/typeset'
import { Failed, Skeleton } from '@ui/States'

import { Basis } from './Basis'
import { Beliefs } from './Beliefs'
import { Beside } from './Beside'
import { Crowd } from './Crowd'
import { Faces } from './Faces'
import { Lift } from './Lift'
import { Life } from './Life'
import { PlayBar } from './PlayBar'
import { Ribbon } from './Ribbon'
import { Setup } from './Setup'
import type { Who } from './who'
import { read, written } from './who'
import { measured, sentence } from './words'
import './Rehearsal.css'

/** What would happen? An invented company, or a copy of one's own people, on a fast clock, with the truth beside what the engine believes. */
export function RehearsalPage(): React.JSX.Element {
  const list = useQuery(rehearsalsQuery)
  const search = useSearch({ from: '/rehearsal' })
  const id = search.id ?? list.data?.rehearsals[0]?.id
  const played = usePlayed(id)
  const currency = useQuery(workspaceQuery).data?.currency ?? ''
  const { rehearsal, frames } = played
  const shown = frames[Math.min(search.day ?? frames.length, frames.length) - 1]
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Rehearsal · Rapport</title>
      <div className="heading">
        <h1>What would happen?</h1>
        <p className="answer">{typeset(sentence(rehearsal, shown, frames, currency))}</p>
      </div>
      <Setup busy={rehearsal?.condition === 'playing' || rehearsal?.condition === 'starting'} currentId={rehearsal?.id} last={rehearsal?.ask} open={list.isSuccess && !id} />
      {list.error && !list.data && <Failed error={list.error} what="The rehearsals" retry={() => void list.refetch()} />}
      {played.error && <Failed error={played.error} what="The rehearsal" retry={() => window.location.reload()} />}
      {id && !rehearsal && !played.error && <Skeleton rows={8} height={56} what="the rehearsal" />}
      {rehearsal?.condition === 'failed' && (
        <p className="form-error" role="alert">
          {rehearsal.error}
        </p>
      )}
      {rehearsal?.cast && <Play rehearsal={rehearsal} cast={rehearsal.cast} frames={frames} shown={shown} currency={currency} />}
    </main>
  )
}

function Play({ rehearsal, cast, frames, shown, currency }: { rehearsal: Rehearsal; cast: Cast; frames: Frame[]; shown: Frame | undefined; currency: string }): React.JSX.Element {
  const search = useSearch({ from: '/rehearsal' })
  const navigate = useNavigate()
  const go = (change: { day?: number; person?: number; who?: Who | null }): void => {
    const { day, person, who, ...rest } = { ...search, id: rehearsal.id, ...change }
    const list = typeof who === 'string' ? who : who ? written(who) : ''
    void navigate({
      to: '/rehearsal',
      search: { ...rest, ...(list ? { who: list } : {}), ...(day !== undefined && day < frames.length ? { day } : {}), ...(person !== undefined && person >= 0 ? { person } : {}) },
      replace: true,
    })
  }
  const counted = measured(frames, shown)
  const who = read(search.who)
  return (
    <div className="rehearsal">
      <PlayBar rehearsal={rehearsal} cast={cast} days={frames.length} shown={shown} onDay={(day) => go({ day })} />
      {cast.own && <Basis cast={cast} own={cast.own} />}
      <div className="rehearsal-views">
        <Crowd cast={cast} frame={shown} followed={search.person} onFollow={(person) => go({ person })} onState={(truth) => go({ who: { truth }, person: -1 })} />
        <div className="rehearsal-charts">
          <Ribbon cast={cast} frames={frames} shown={shown} />
          {cast.compares && <Beside cast={cast} frames={frames} shown={shown} currency={currency} />}
          <Lift cast={cast} frames={frames} shown={shown} currency={currency} />
        </div>
      </div>
      {counted?.beliefs && <Beliefs cast={cast} frame={counted} of={counted.beliefs} onWho={(w) => go({ who: w, person: -1 })} />}
      {who && search.person === undefined && <Faces rehearsal={rehearsal} cast={cast} beliefs={counted?.beliefs} who={who} day={frames.length} onFollow={(person) => go({ person })} onClose={() => go({ who: null })} />}
      {search.person !== undefined && <Life rehearsal={rehearsal} cast={cast} person={search.person} day={frames.length} currency={currency} onClose={() => go({ person: -1 })} />}
    </div>
  )
}
