import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { identitiesQuery, useUndoMerge } from '@api/identities'
import type { PersonIdentities, PersonMerge } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay, formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Facts } from '@ui/Facts'
import { Modal } from '@ui/Panel'
import { Failed, Skeleton } from '@ui/States'

import './Identities.css'

/** By which names a person is known, who was found to be them, and what was not believed. */
export function Identities({ id }: { id: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(identitiesQuery(id))
  if (!data) {
    return (
      <section className="section">
        <h2>Known as</h2>
        {error ? <Failed error={error} what="Identities" retry={() => void refetch()} /> : <Skeleton rows={3} height={33} what="identities" />}
      </section>
    )
  }
  return (
    <>
      <Facts
        title="Known as"
        none="No identity."
        rows={data.identities.map((i) => [
          i.kind.replaceAll('_', ' '),
          <span key={i.value} className="mono" title={`First on ${formatMoment(i.first_seen)}${i.source ? ` from ${i.source}` : ''}, last on ${formatMoment(i.last_seen)}`}>
            {i.value}
          </span>,
        ])}
        note={data.settling.length > 0 ? 'A join is under way: until it is done this person is met with silence.' : undefined}
      />
      {data.merges.length > 0 && <Merges id={id} of={data} />}
      {data.refused.length > 0 && <Refused of={data} />}
    </>
  )
}

function Merges({ id, of: { merges } }: { id: string; of: PersonIdentities }): React.JSX.Element {
  const [undoing, setUndoing] = useState<PersonMerge | null>(null)
  return (
    <section className="section" aria-labelledby="merges">
      <h2 id="merges">Found to be this person</h2>
      <ul className="merges">
        {merges.map((m) => (
          <li key={m.record}>
            <p>
              {typeset(mergeWords(m))}
              <span className="small quiet"> {formatDay(m.at)}</span>
            </p>
            <Button look="quiet" onClick={() => setUndoing(m)} aria-label={`Undo: ${mergeWords(m)}`}>
              Undo
            </Button>
          </li>
        ))}
      </ul>
      {undoing && <Undo id={id} merge={undoing} onClose={() => setUndoing(null)} />}
    </section>
  )
}

/** Why two were taken for one, in a sentence. */
export function mergeWords(m: PersonMerge): string {
  const name = `${m.identity.kind.replaceAll('_', ' ')} ${m.identity.value}`
  const why = m.force === 'operator' ? `${m.by || 'Somebody in charge'} said that they are one` : m.force === 'alias' ? `an alias call named ${name}` : `events named ${name} for both`
  return `${plural(m.events, 'event', 'events')} came from another record: ${why}.`
}

function Undo({ id, merge, onClose }: { id: string; merge: PersonMerge; onClose: () => void }): React.JSX.Element {
  const [reason, setReason] = useState('')
  const undo = useUndoMerge(id)
  return (
    <Modal title="Take this record out again?" words={typeset(`${plural(merge.events, 'event goes', 'events go')} back to a person of their own, with the identities that came along. The two are kept apart from then on; only an operator joins them again.`)} onClose={onClose}>
      <form
        className="merge-undo"
        onSubmit={(e) => {
          e.preventDefault()
          undo.mutate({ record: merge.record, reason }, { onSuccess: onClose })
        }}
      >
        <input className="field" aria-label="How we know" placeholder="How we know that they are two" maxLength={1000} value={reason} onChange={(e) => setReason(e.target.value)} />
        {undo.error && (
          <p className="bad" role="alert">
            {undo.error.message}
          </p>
        )}
        <p className="merge-buttons">
          <Button look="danger" type="submit" disabled={undo.isPending}>
            {undo.isPending ? 'Taking out' : 'Take out'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Leave as it is
          </Button>
        </p>
      </form>
    </Modal>
  )
}

function Refused({ of: { refused } }: { of: PersonIdentities }): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="refused">
      <h2 id="refused">Not believed</h2>
      <ul className="merges">
        {refused.map((r, i) => (
          <li key={`${r.identity.kind} ${r.identity.value} ${i}`}>
            <p>
              <span className="mono">{r.identity.value}</span> <span className="small quiet">{formatDay(r.at)}</span>
              <br />
              <span className="small">{typeset(r.sentence)}</span>
              {r.person && (
                <>
                  {' '}
                  <Link to="/people/$id" params={{ id: r.person }} className="door small">
                    Open whose it is
                  </Link>
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
