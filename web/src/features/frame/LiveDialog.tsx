import { useState } from 'react'
import type { FormEvent } from 'react'

import { ApiError } from '@api/client'
import { useSetLive } from '@api/mutations'
import type { Live, Workspace } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'

const choices: { live: Live; name: string; words: string }[] = [
  { live: 'disarmed', name: 'Disarmed', words: 'Nothing leaves, but for the addresses on the allow-list. Decisions are made and shown as if.' },
  { live: 'everyone', name: 'Live to everybody', words: 'Everybody who consents may be sent to. Consent, caps, quiet hours and holdouts still hold.' },
  { live: 'stopped', name: 'Stopped', words: 'Nothing leaves at all, not even to the allow-list.' },
]

const addresses = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))]

/** Going live is a decision of a person: it asks for the workspace's name. */
export function LiveDialog({ workspace, onClose }: { workspace: Workspace; onClose: () => void }): React.JSX.Element {
  const [live, setLive] = useState<Live>(workspace.live)
  const [allow, setAllow] = useState(workspace.allow.join('\n'))
  const [typed, setTyped] = useState('')
  const set = useSetLive()
  const goingLive = live === 'everyone' && workspace.live !== 'everyone'
  const apply = (next: Live): void => set.mutate({ live: next, allow: addresses(allow) }, { onSuccess: onClose })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    apply(live)
  }
  return (
    <Modal title="Who may be sent to" words={`${formatNumber(workspace.people)} people are in ${workspace.name}.`} onClose={onClose}>
      <form onSubmit={submit} className="section">
        <fieldset className="choices">
          <legend className="hidden">Who may be sent to</legend>
          {choices.map((c) => (
            <label key={c.live}>
              <input type="radio" name="live" value={c.live} checked={live === c.live} onChange={() => setLive(c.live)} />
              <span>{c.name}</span>
              <small>{c.words}</small>
            </label>
          ))}
        </fieldset>
        {live === 'disarmed' && (
          <label className="form-row">
            <span className="small">Allow-list, one address a line</span>
            <textarea className="field mono" rows={4} value={allow} onChange={(e) => setAllow(e.target.value)} spellCheck={false} />
          </label>
        )}
        {goingLive && (
          <label className="form-row">
            <span className="small">
              To go live, type the workspace’s name: <strong>{workspace.name}</strong>
            </span>
            <input className="field" value={typed} onChange={(e) => setTyped(e.target.value)} autoComplete="off" />
          </label>
        )}
        {set.error && (
          <p className="form-error" role="alert">
            {set.error instanceof ApiError && set.error.field ? `${set.error.field}: ` : ''}
            {set.error.message}
          </p>
        )}
        <div className="form-foot">
          {workspace.live !== 'stopped' && (
            <Button look="danger" onClick={() => apply('stopped')} disabled={set.isPending}>
              Stop all now
            </Button>
          )}
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="main" disabled={set.isPending || (goingLive && typed.trim() !== workspace.name)}>
            {goingLive ? 'Go live' : 'Save'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
