import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { workspaceQuery } from '@api/queries'
import { byAddressQuery, lettersToNobodyQuery, useBeCustomer } from '@api/start'
import type { StartPage } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import { keptKey } from './writeKey'

/** One is one’s own first customer: the letter that comes, or does not, comes by the gate that everybody’s does. */
export function MessageStep({ start }: { start: StartPage }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const allowed = workspace?.allow.find((a) => !a.startsWith('*')) ?? ''
  const [typed, setTyped] = useState<string>()
  const address = typed ?? allowed
  const event = start.templates.find((t) => t.id === start.in_force)?.first ?? start.seen[0]?.event ?? 'Order Completed'
  const be = useBeCustomer()
  const key = keptKey()
  const { data: letters } = useQuery(lettersToNobodyQuery)
  const mine = letters?.letters.filter((l) => l.to === address) ?? []
  return (
    <>
      <p className="small quiet">
        Be your own first customer: you agree to be written to, and “{event}” is said of you. Then Rapport decides, as it does for everybody, and may well choose silence: at night, if you are held out, or because silence is always a candidate.
      </p>
      <form
        className="section"
        onSubmit={(e) => {
          e.preventDefault()
          be.mutate({ key, address: address.trim(), event })
        }}
      >
        <label className="form-row start-field">
          <span className="small">Your e-mail address</span>
          <input className="field" inputMode="email" value={address} onChange={(e) => setTyped(e.target.value)} maxLength={320} required />
        </label>
        <p className="start-acts">
          <Button type="submit" look="main" disabled={be.isPending || key === '' || address.trim() === ''}>
            Be my own first customer
          </Button>
          {key === '' && (
            <Link to="/start" search={{ step: 'events' }} className="button">
              Make a write key first
            </Link>
          )}
        </p>
        <Refused error={be.error} />
      </form>
      {be.isSuccess && <Decided address={address} />}
      {mine.map((l) => (
        <blockquote key={l.n} className="start-letter">
          <p className="small quiet">There is no mail server, so it went to nobody, and can be read here.</p>
          <p>
            <strong>{l.subject}</strong>
          </p>
          <p className="start-text">{l.text}</p>
        </blockquote>
      ))}
    </>
  )
}

/** The way to oneself among the people, where every decision is explained. */
function Decided({ address }: { address: string }): React.JSX.Element {
  const { data } = useQuery(byAddressQuery(address))
  const me = data?.people[0]
  return (
    <p role="status">
      {me ? (
        <Link to="/people/$id" params={{ id: me.id }}>
          See yourself, what was decided about you, and why
        </Link>
      ) : (
        'You are on your way in …'
      )}
    </p>
  )
}
