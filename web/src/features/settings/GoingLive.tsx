import { useState } from 'react'

import { useSetLive } from '@api/mutations'
import type { Live, Workspace } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

const states: Record<Live, { name: string; words: string }> = {
  disarmed: { name: 'Disarmed', words: 'Nothing leaves but to the allow-list. Decisions are made and shown as if.' },
  everyone: { name: 'Live to everybody', words: 'Everybody who consents may be sent to, within the policy and but for those held out.' },
  stopped: { name: 'Stopped', words: 'Nothing leaves at all, not even to the allow-list.' },
}

/** Who may be sent to now. Going live to everybody is asked for by the chip at the top, which asks back. */
export function GoingLive({ workspace: w }: { workspace: Workspace }): React.JSX.Element {
  const set = useSetLive()
  const [address, setAddress] = useState('')
  const [gone, setGone] = useState('')
  const put = (allow: string[]): void => set.mutate({ live: w.live, allow })
  return (
    <section className="section" aria-labelledby="live">
      <h2 id="live">{states[w.live].name}</h2>
      <p>{states[w.live].words}</p>
      <p className="settings-buttons">
        {w.live !== 'disarmed' && (
          <Button disabled={set.isPending} onClick={() => set.mutate({ live: 'disarmed', allow: w.allow })}>
            Disarm
          </Button>
        )}
        {w.live !== 'stopped' && (
          <Button look="danger" disabled={set.isPending} onClick={() => set.mutate({ live: 'stopped', allow: w.allow })}>
            Stop all now
          </Button>
        )}
        <span className="small quiet">To go live to everybody, use the state at the top of the page: it asks for the workspace’s name.</span>
      </p>
      <h3>Allow-list</h3>
      {w.allow.length === 0 && <p className="quiet">Nobody is on it. Put yourself there, and you get what people would get.</p>}
      <ul className="settings-allow">
        {w.allow.map((a) => (
          <li key={a}>
            <span className="mono clip">{a}</span>
            <Button
              look="quiet"
              disabled={set.isPending}
              aria-label={`Take off: ${a}`}
              onClick={() => {
                setGone(a)
                put(w.allow.filter((o) => o !== a))
              }}
            >
              Take off
            </Button>
          </li>
        ))}
      </ul>
      {gone !== '' && !w.allow.includes(gone) && (
        <p role="status">
          {gone} was taken off. <Button onClick={() => put([...w.allow, gone])}>Undo</Button>
        </p>
      )}
      <form
        className="settings-add"
        onSubmit={(e) => {
          e.preventDefault()
          put([...new Set([...w.allow, address.trim()])])
        }}
      >
        <input className="field" aria-label="Address to put on the allow-list" placeholder="you@your-company.example" value={address} onChange={(e) => setAddress(e.target.value)} maxLength={320} />
        <Button type="submit" disabled={address.trim() === '' || set.isPending}>
          Put on
        </Button>
      </form>
      <p className="small quiet">A star stands for any name: *@your-company.example.</p>
      <Refused error={set.error} />
    </section>
  )
}
