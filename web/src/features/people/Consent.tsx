import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { consentHistoryQuery } from '@api/queries'
import type { ConsentHistory, ConsentSaid, ConsentStand } from '@api/types'
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
                {c.given && c.confirmation && <Confirmation of={c.confirmation} />}
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
          {h.asked.map((a, i) => (
            <li key={`${a.time} ${a.move} ${i}`}>
              <p>{typeset(a.sentence)}</p>
              <p className="small quiet">
                {formatMoment(a.time)}
                {a.source && (
                  <>
                    , after a yes from <span className="mono">{a.source}</span>
                  </>
                )}
                {a.page && `, on ${a.page}`}
                {a.delivery && (
                  <>
                    , in <span className="mono">{a.delivery}</span>
                  </>
                )}
                .
              </p>
              {a.text && a.move !== 'confirmed' && (
                <details className="small">
                  <summary>What was asked</summary>
                  <p className="consent-asked">{a.text}</p>
                </details>
              )}
            </li>
          ))}
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

function Confirmation({ of: c }: { of: NonNullable<ConsentStand['confirmation']> }): React.JSX.Element | null {
  switch (c.move) {
    case 'asked':
    case 'reminded':
      return <span className="consent-lacking">not confirmed yet: {c.address} has until {formatDay(c.until ?? c.asked)}, and nothing but the question is sent</span>
    case 'confirmed':
      return <span className="small quiet"> and confirmed at {c.address} {formatDay(c.time)}</span>
    case 'expired':
      return <span className="consent-lacking">not confirmed in time by {c.address}: it does not count</span>
    default:
      return null
  }
}

function place(h: ConsentHistory, { channel, topic }: Pick<ConsentSaid, 'channel' | 'topic'>): string {
  const what = channel === '*' ? 'every channel' : channel
  return topic ? `${what}, ${h.topics.find((t) => t.id === topic)?.name ?? topic}` : what
}
