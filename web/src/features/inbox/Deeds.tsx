import { useRef, useState } from 'react'

import { useAct } from '@api/requests'
import type { CannedAnswer, RequestAct, RequestPage } from '@api/types'
import { useHotkeys } from '@lib/useHotkeys'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

/** Where the answerer's name is kept between visits. */
const MINE = 'rapport.answerer'

type Act = RequestAct['act']

/** What can be done about a request: answer, note, assign, close. */
export function Deeds({ request, canned }: { request: RequestPage; canned: CannedAnswer[] }): React.JSX.Element {
  const [by, setBy] = useState(() => localStorage.getItem(MINE) ?? '')
  const [text, setText] = useState('')
  const [outcome, setOutcome] = useState('')
  const words = useRef<HTMLTextAreaElement>(null)
  const end = useRef<HTMLInputElement>(null)
  const act = useAct(request.person, request.id)
  const doing = (what: Act, more: Partial<RequestAct> = {}): void => act.mutate({ act: what, ...(by ? { by } : {}), ...more }, { onSuccess: () => what !== 'assigned' && setText('') })
  const say = (what: 'answered' | 'noted'): void => {
    if (text.trim()) doing(what, { text })
  }
  useHotkeys({ r: () => words.current?.focus(), n: () => words.current?.focus(), e: () => end.current?.focus(), a: () => doing('assigned', { owner: by }) })
  if (request.closed) {
    return (
      <div className="deeds">
        <p>Closed{request.outcome && `: ${request.outcome}`}.</p>
        <Refused error={act.error} />
        <div className="form-foot">
          <Button onClick={() => doing('reopened')}>Open again</Button>
        </div>
      </div>
    )
  }
  return (
    <form
      className="deeds"
      onSubmit={(e) => {
        e.preventDefault()
        say('answered')
      }}
    >
      <label className="deeds-words">
        <span className="small quiet">{request.reaches ? `An answer goes to ${request.reaches}` : 'They are reached on no channel that is defined: only notes can be written'}</span>
        <textarea
          ref={words}
          rows={4}
          value={text}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && (e.metaKey || e.ctrlKey)) say('answered')
            if (e.key === 'Escape') e.currentTarget.blur()
          }}
        />
      </label>
      {canned.length > 0 && (
        <label className="small">
          <span className="quiet">Kept ready </span>
          <select value="" onChange={(e) => setText((t) => [t, canned.find((c) => c.id === e.target.value)?.text].filter(Boolean).join('\n\n'))}>
            <option value="">choose an answer</option>
            {canned.map((c) => (
              <option key={c.id} value={c.id}>
                {c.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Refused error={act.error} />
      <div className="deeds-foot">
        <Button type="submit" look="main" disabled={act.isPending || !text.trim() || !request.reaches}>
          Answer
        </Button>
        <Button disabled={act.isPending || !text.trim()} onClick={() => say('noted')}>
          Note for colleagues
        </Button>
        <label className="small">
          <span className="quiet">You are </span>
          <input
            value={by}
            size={10}
            placeholder="admin"
            onChange={(e) => {
              setBy(e.target.value)
              localStorage.setItem(MINE, e.target.value)
            }}
          />
        </label>
        <Button disabled={act.isPending || request.owner === by} onClick={() => doing('assigned', { owner: by })}>
          Take it
        </Button>
        {request.owner && (
          <Button look="quiet" onClick={() => doing('assigned', { owner: '' })}>
            Give it back
          </Button>
        )}
        <label className="small">
          <span className="quiet">Outcome </span>
          <input ref={end} value={outcome} size={14} placeholder="such as replaced" onChange={(e) => setOutcome(e.target.value)} onKeyDown={(e) => e.key === 'Enter' && (e.preventDefault(), doing('closed', { outcome }))} />
        </label>
        <Button disabled={act.isPending} onClick={() => doing('closed', { outcome })}>
          Close
        </Button>
      </div>
    </form>
  )
}
