import { useState } from 'react'
import type { FormEvent } from 'react'

import { useSetWebhook, useTryWebhook } from '@api/sourceMutations'
import type { SourcePage, Tried } from '@api/types'
import { plural } from '@lib/formatNumber'
import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'
import { Refused } from '@ui/Refused'

import { signatureOf } from './signature'

const blankMap = `# What the fields of a body mean. Columns are their paths.
format: json
columns: [customer.email, paid_at, amount]
identity: {email: customer.email}
event: Invoice Paid
time: {column: paid_at, layout: unix}
properties: {amount: amount}
`
const blankBody = `{"customer": {"email": "ada@example.com"}, "paid_at": 1767225600, "amount": 49}
`

/** Where to post, and how a body becomes events: written, tried, kept. */
export function WebhookMap({ source: s }: { source: SourcePage }): React.JSX.Element {
  const kept = s.webhook?.map ?? ''
  const [map, setMap] = useState(kept || blankMap)
  const [body, setBody] = useState(blankBody)
  const attempt = useTryWebhook(s.id)
  const set = useSetWebhook(s.id)
  const changed = map !== kept
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    // What is left out is reset, so a new map says again how calls are signed.
    set.mutate({ map, ...(s.webhook ? { refuse_with: s.webhook.refuse_with, signature: signatureOf(s.webhook.signature) } : {}) })
  }
  const signed = s.webhook !== undefined && s.webhook.signature.scheme !== 'none'
  const where = `${location.origin}${s.webhook?.path ?? `/v1/webhooks/${s.id}`}`
  return (
    <section className="section" aria-labelledby="webhook">
      <h2 id="webhook">How a body becomes events</h2>
      <p className="note">{signed ? `Its sender posts to this address, signed by ${s.webhook?.signature.scheme}.` : 'Its sender posts to this address, with one of its write keys in place of the last part.'}</p>
      <Copy text={signed ? where : where.replace(/[^/]*$/, 'WRITE_KEY')} what="the address" />
      <form className="webhook" onSubmit={submit}>
        <label className="form-row">
          <span className="small">{s.webhook ? 'Map' : 'Map: none is kept yet, this is how one looks'}</span>
          <textarea className="field mono" rows={14} value={map} onChange={(e) => setMap(e.target.value)} spellCheck={false} readOnly={s.managed} />
        </label>
        <label className="form-row">
          <span className="small">A body to try it on, as the sender posts it</span>
          <textarea className="field mono" rows={14} value={body} onChange={(e) => setBody(e.target.value)} spellCheck={false} />
        </label>
        <div className="webhook-foot">
          <Button onClick={() => attempt.mutate({ map, body })} disabled={attempt.isPending}>
            Try it
          </Button>
          {!s.managed && (
            <Button type="submit" look="main" disabled={!changed || set.isPending}>
              Use this map
            </Button>
          )}
          <span className="small quiet" role="status">
            {set.isSuccess && !changed ? 'This map is in use.' : 'Trying stores nothing.'}
          </span>
        </div>
      </form>
      <Refused error={set.error ?? attempt.error} />
      {attempt.data && <Outcome tried={attempt.data} />}
    </section>
  )
}

function Outcome({ tried: t }: { tried: Tried }): React.JSX.Element {
  if (t.message) {
    return (
      <p className="form-error" role="alert">
        {t.message}
      </p>
    )
  }
  return (
    <div className="section" role="status">
      <p>
        {plural(t.events.length, 'event', 'events')} would come of it{t.skipped > 0 ? `, and ${plural(t.skipped, 'object', 'objects')} would be left out on purpose` : ''}.
      </p>
      {t.events.length > 0 && (
        // Scrolls, so it takes focus.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="mono json" tabIndex={0} role="region" aria-label="The events that would come of it">
          {t.events.map((e) => JSON.stringify(e, null, 2)).join('\n')}
        </pre>
      )}
    </div>
  )
}
