import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useMergePeople } from '@api/identities'
import { personQuery, searchQuery } from '@api/queries'
import type { Person } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Facts } from '@ui/Facts'
import { Modal } from '@ui/Panel'

/** Says by hand that two are one. */
export function Merge({ of: p }: { of: Person }): React.JSX.Element {
  const [asking, setAsking] = useState(false)
  return (
    <section className="section">
      <p>
        <Button onClick={() => setAsking(true)}>Somebody else is this person too…</Button>
      </p>
      {asking && <Asking of={p} onClose={() => setAsking(false)} />}
    </section>
  )
}

function Asking({ of: p, onClose }: { of: Person; onClose: () => void }): React.JSX.Element {
  const [text, setText] = useState('')
  const [other, setOther] = useState('')
  const [reason, setReason] = useState('')
  const { data: found } = useQuery(searchQuery(text))
  const { data: second } = useQuery({ ...personQuery(other), enabled: other !== '' })
  const merge = useMergePeople(p.id)
  const others = (text.trim().length > 1 ? (found?.people ?? []) : []).filter((o) => o.id !== p.id)
  return (
    <Modal title={`Who is ${p.name} too?`} words="Their histories become one. It is on the timeline, and can be undone." onClose={onClose}>
      <form
        className="merge-undo"
        onSubmit={(e) => {
          e.preventDefault()
          merge.mutate({ person: other, reason }, { onSuccess: onClose })
        }}
      >
        <input className="field" aria-label="Find the other person" placeholder="User id, address or phone" value={text} onChange={(e) => setText(e.target.value)} autoComplete="off" />
        {text.trim().length > 1 && others.length === 0 && <p className="small quiet">Nobody else is known by that.</p>}
        {others.length > 0 && (
          <fieldset className="choices">
            <legend className="hidden">The other person</legend>
            {others.map((o) => (
              <label key={o.id}>
                <input type="radio" name="other" checked={o.id === other} onChange={() => setOther(o.id)} />
                <span>{o.name}</span>
              </label>
            ))}
          </fieldset>
        )}
        {second && <Facts title="Become one" none="" rows={[p, second].map((one) => [one.name, typeset(`${plural(one.events, 'event', 'events')}, first seen ${formatDay(one.first_seen)}, last own act ${formatDay(one.last_own)}`)])} stacked />}
        <input className="field" aria-label="How we know" placeholder="How we know that they are one" maxLength={1000} value={reason} onChange={(e) => setReason(e.target.value)} />
        {merge.error && (
          <p className="bad" role="alert">
            {merge.error.message}
          </p>
        )}
        <p className="merge-buttons">
          <Button look="main" type="submit" disabled={merge.isPending || !second}>
            {merge.isPending ? 'Joining' : 'Make them one'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </p>
      </form>
    </Modal>
  )
}
