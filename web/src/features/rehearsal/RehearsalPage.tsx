import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import { rehearsalsQuery, usePlayed } from '@api/rehearsals'
import type { Cast, Frame, Rehearsal } from '@api/types'
import { typeset } from '@lib/typeset'
import { Failed, Skeleton } from '@ui/States'

import { Crowd } from './Crowd'
import { Lift } from './Lift'
import { Life } from './Life'
import { PlayBar } from './PlayBar'
import { Ribbon } from './Ribbon'
import { Setup } from './Setup'
import { sentence } from './words'
import './Rehearsal.css'

/** What would happen? An invented company on a fast clock, with the truth beside what the engine believes. */
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
  const go = (change: { day?: number; person?: number }): void => {
    const { day, person, ...rest } = { ...search, id: rehearsal.id, ...change }
    void navigate({ to: '/rehearsal', search: { ...rest, ...(day !== undefined && day < frames.length ? { day } : {}), ...(person !== undefined && person >= 0 ? { person } : {}) }, replace: true })
  }
  return (
    <div className="rehearsal">
      <PlayBar rehearsal={rehearsal} cast={cast} days={frames.length} shown={shown} onDay={(day) => go({ day })} />
      <div className="rehearsal-views">
        <Crowd cast={cast} frame={shown} followed={search.person} onFollow={(person) => go({ person })} />
        <div className="rehearsal-charts">
          <Ribbon cast={cast} frames={frames} shown={shown} />
          <Lift cast={cast} frames={frames} shown={shown} currency={currency} />
        </div>
      </div>
      {search.person !== undefined && <Life rehearsal={rehearsal} cast={cast} person={search.person} day={frames.length} currency={currency} onClose={() => go({ person: -1 })} />}
    </div>
  )
}
