import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { useErasePerson } from '@api/identities'
import type { Person } from '@api/types'
import { plural } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'

/** What has to be typed before somebody is erased. */
const WORD = 'erase'

/** The way to have a person forgotten, at the foot of what is known of them. */
export function Erase({ of: p }: { of: Person }): React.JSX.Element {
  const [asking, setAsking] = useState(false)
  return (
    <section className="section" aria-labelledby="erase">
      <h2 id="erase">Erase</h2>
      <p className="small quiet">{typeset('When they ask to be forgotten. It cannot be undone.')}</p>
      <p>
        <Button look="danger" onClick={() => setAsking(true)}>
          Erase this person…
        </Button>
      </p>
      {asking && <Asking of={p} onClose={() => setAsking(false)} />}
    </section>
  )
}

function Asking({ of: p, onClose }: { of: Person; onClose: () => void }): React.JSX.Element {
  const [typed, setTyped] = useState('')
  const navigate = useNavigate()
  const erase = useErasePerson(p.id)
  return (
    <Modal title={`Erase ${p.name}?`} words="This cannot be undone, by nobody and from no backup." onClose={onClose}>
      <form
        className="merge-undo"
        onSubmit={(e) => {
          e.preventDefault()
          erase.mutate(undefined, { onSuccess: () => void navigate({ to: '/people' }) })
        }}
      >
        <p>{typeset(`What goes now: identities, traits, consent, segments, goals, ${plural(p.events, 'event', 'events')} of the timeline, whatever waits to be sent, and dead letters that name them. The archive follows within minutes, the journal when it has been kept for its time, 30 days unless set otherwise.`)}</p>
        <p>{typeset('What stays: a hash of each id, with when and by whom, on the list of erasures, so that a backup does not bring them back; and that an address complained or bounced, at the hash of the address. Who comes back is a stranger.')}</p>
        <label className="form-row">
          <span className="small">
            To erase, type <strong>{WORD}</strong>
          </span>
          <input className="field" value={typed} onChange={(e) => setTyped(e.target.value)} autoComplete="off" />
        </label>
        {erase.error && (
          <p className="bad" role="alert">
            {erase.error.message}
          </p>
        )}
        <p className="merge-buttons">
          <Button look="danger" type="submit" disabled={erase.isPending || typed.trim().toLowerCase() !== WORD}>
            {erase.isPending ? 'Erasing' : 'Erase for good'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Keep them
          </Button>
        </p>
      </form>
    </Modal>
  )
}
