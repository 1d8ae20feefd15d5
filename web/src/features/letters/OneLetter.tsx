import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { useDismiss, useReplay } from '@api/sourceMutations'
import { letterQuery } from '@api/sourceQueries'
import type { LetterWithBody } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Panel } from '@ui/Panel'
import { Refused } from '@ui/Refused'
import { Failed, Skeleton } from '@ui/States'

/** One dead letter: the complaint, what was sent, and the way to have it taken. */
export function OneLetter({ id, onClose }: { id: string; onClose: () => void }): React.JSX.Element {
  const { data, error, refetch } = useQuery(letterQuery(id))
  return (
    <Panel title="Dead letter" words={data ? `${data.source}, ${data.path}, ${formatMoment(data.received_at)}` : ''} onClose={onClose}>
      {data ? <Loaded key={data.id} letter={data} /> : error ? <Failed error={error} what="The letter" retry={() => void refetch()} /> : <Skeleton rows={4} height={40} what="the letter" />}
    </Panel>
  )
}

function Loaded({ letter: l }: { letter: LetterWithBody }): React.JSX.Element {
  const [body, setBody] = useState(l.body)
  const replay = useReplay(l.id)
  const dismiss = useDismiss(l.id)
  const answer = replay.data
  return (
    <div className="letter-open">
      <p>
        {l.field && <span className="mono">{l.field}: </span>}
        {l.message}
      </p>
      <label className="letter-body">
        <span className="small quiet">What was sent{l.cut > 0 ? `, without its last ${plural(l.cut, 'byte', 'bytes')}` : ''}</span>
        <textarea className="mono" rows={10} spellCheck={false} value={body} readOnly={l.state !== 'open'} onChange={(e) => setBody(e.target.value)} />
      </label>
      <p aria-live="polite">
        {answer && !answer.taken && `Refused again: ${answer.field ? `${answer.field}: ` : ''}${answer.message}`}
        {answer?.taken && 'Taken. '}
        {answer?.people.map((p) => (
          <Link key={p} to="/people/$id" params={{ id: p }} className="door">
            Open the person
          </Link>
        ))}
        {!answer && l.state !== 'open' && `It was ${l.state} ${formatMoment(l.done_at)}${l.by ? ` by ${l.by}` : ''}${l.reason ? `: ${l.reason}` : ''}.`}
      </p>
      <Refused error={replay.error ?? dismiss.error} />
      <div className="form-foot">
        {l.state === 'dismissed' && <Button onClick={() => dismiss.mutate(false)}>Undo dismissing</Button>}
        {l.state === 'open' && <Button onClick={() => dismiss.mutate(true)}>Dismiss</Button>}
        {l.state === 'open' && !answer?.taken && (
          <Button look="main" disabled={replay.isPending} onClick={() => replay.mutate(body === l.body && l.cut === 0 ? {} : { body })}>
            {body === l.body ? 'Replay' : 'Replay mended'}
          </Button>
        )}
      </div>
    </div>
  )
}
