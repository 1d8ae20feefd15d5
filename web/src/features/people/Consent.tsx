import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { consentHistoryQuery } from '@api/queries'
import type { ConsentHistory, ConsentSaid } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay, formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Failed, Skeleton } from '@ui/States'

import './Consent.css'

/** What may be sent by which channel about which topic, and how we know. */
export function Consent({ id }: { id: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(consentHistoryQuery(id))
  return (
    <section className="section" aria-labelledby="consent">
      <h2 id="consent">Consent</h2>
      {data ? <Stands of={data} /> : error ? <Failed error={error} what="Consent" retry={() => void refetch()} /> : <Skeleton rows={3} height={33} what="consent" />}
    </section>
  )
}

function Stands({ of: h }: { of: ConsentHistory }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  return (
    <>
      {h.now.length > 0 && (
        <dl className="facts">
          {h.now.map((c) => (
            <div key={`${c.channel} ${c.topic ?? ''}`}>
              <dt>{place(h, c)}</dt>
              <dd>
                {c.given ? 'given' : 'withdrawn'} {formatDay(c.time)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p className="small quiet">{h.mode === 'opt_in' ? 'Where nothing was said, nothing is sent that needs consent.' : 'Where nothing was said, consent is presumed.'}</p>
      {h.said.length > 0 && (
        <p>
          <Button look="quiet" className="consent-more" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide what was said' : `What was said: ${plural(h.said.length, 'time', 'times')}`}
          </Button>
        </p>
      )}
      {open && (
        <ol className="consent-said">
          {h.said.map((s, i) => (
            <li key={`${s.source} ${s.message_id} ${i}`}>
              <p>{typeset(s.sentence)}</p>
              <p className="small quiet">
                {formatMoment(s.time)}, {s.by === 'person' ? 'the person’s own word' : 'the word of a system'}, from <span className="mono">{s.source}</span>
                {s.imported && ', imported'}. {s.proof ? `How we know: ${s.proof}.` : 'No proof was given.'}
              </p>
            </li>
          ))}
        </ol>
      )}
    </>
  )
}

function place(h: ConsentHistory, { channel, topic }: Pick<ConsentSaid, 'channel' | 'topic'>): string {
  const what = channel === '*' ? 'every channel' : channel
  return topic ? `${what}, ${h.topics.find((t) => t.id === topic)?.name ?? topic}` : what
}
