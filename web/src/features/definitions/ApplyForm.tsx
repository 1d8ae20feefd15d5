import { useState } from 'react'

import type { Applied } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

interface Props {
  ready: boolean
  busy: boolean
  error: Error | null
  onApply: (message: string) => void
  onDiscard: () => void
}

/** Asks why, and brings the text into force. */
export function ApplyForm({ ready, busy, error, onApply, onDiscard }: Props): React.JSX.Element {
  const [message, setMessage] = useState('')
  return (
    <form
      className="section"
      onSubmit={(e) => {
        e.preventDefault()
        onApply(message.trim())
      }}
    >
      <label className="form-row">
        <span className="small">Why, for whoever asks later</span>
        <input className="field" value={message} onChange={(e) => setMessage(e.target.value)} maxLength={2000} placeholder="Gold customers from three orders on" />
      </label>
      <Refused error={error} />
      <div className="form-foot">
        <Button look="quiet" onClick={onDiscard}>
          Drop my changes
        </Button>
        <Button type="submit" look="main" disabled={!ready || busy}>
          {busy ? 'Applying' : 'Apply'}
        </Button>
      </div>
    </form>
  )
}

/** What was brought into force just now, and the way back. */
export function Done({ of: a, busy, onUndo }: { of: Applied; busy: boolean; onUndo: (() => void) | undefined }): React.JSX.Element {
  return (
    <p className="applied" role="status">
      Version {a.version.number} is in force.{' '}
      {onUndo && (
        <Button onClick={onUndo} disabled={busy}>
          Undo
        </Button>
      )}
    </p>
  )
}
