import { useState } from 'react'
import type { FormEvent } from 'react'

import { useSetWebhook } from '@api/sourceMutations'
import type { SignatureScheme, SourcePage, Webhook } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import { signatureOf } from './signature'

const schemes: { scheme: SignatureScheme; name: string; words: string }[] = [
  { scheme: 'none', name: 'By its address', words: 'A write key is the last part of the address: whoever knows it may post.' },
  { scheme: 'hmac-sha256', name: 'HMAC-SHA256', words: 'A header holds the HMAC of the body. Shopify, GitHub, Meta and many more sign so.' },
  { scheme: 'standard-webhooks', name: 'Standard Webhooks', words: 'The headers webhook-id, webhook-timestamp and webhook-signature, with a secret that begins with whsec_.' },
]

/** How one knows that a call comes from the sender. */
export function Signing({ source: s, webhook: w }: { source: SourcePage; webhook: Webhook }): React.JSX.Element {
  const now = w.signature
  const [scheme, setScheme] = useState(now.scheme)
  const [header, setHeader] = useState(now.header ?? '')
  const [prefix, setPrefix] = useState(now.prefix ?? '')
  const [encoding, setEncoding] = useState(now.encoding ?? 'hex')
  const [secret, setSecret] = useState('')
  const set = useSetWebhook(s.id)
  const keeps = now.secret_set && now.scheme === scheme
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const signature = signatureOf({ scheme, header, prefix, encoding })
    set.mutate({ map: w.map, refuse_with: w.refuse_with, signature: { ...signature, ...(scheme !== 'none' && secret ? { secret } : {}) } }, { onSuccess: () => setSecret('') })
  }
  const plain = scheme === 'hmac-sha256'
  return (
    <section className="section" aria-labelledby="signing">
      <h2 id="signing">How its calls are known</h2>
      <form className="section signing" onSubmit={submit}>
        <fieldset className="choices" disabled={s.managed}>
          <legend className="hidden">How its calls are known</legend>
          {schemes.map((c) => (
            <label key={c.scheme}>
              <input type="radio" name="scheme" value={c.scheme} checked={scheme === c.scheme} onChange={() => setScheme(c.scheme)} />
              <span>{c.name}</span>
              <small>{c.words}</small>
            </label>
          ))}
        </fieldset>
        {plain && (
          <div className="signing-fields">
            <label className="form-row">
              <span className="small">Header</span>
              <input className="field mono" value={header} onChange={(e) => setHeader(e.target.value)} placeholder="X-Signature" maxLength={100} required />
            </label>
            <label className="form-row">
              <span className="small">What stands before it</span>
              <input className="field mono" value={prefix} onChange={(e) => setPrefix(e.target.value)} placeholder="sha256=" maxLength={50} />
            </label>
            <label className="form-row">
              <span className="small">Written in</span>
              <select className="field" value={encoding} onChange={(e) => setEncoding(e.target.value === 'base64' ? 'base64' : 'hex')}>
                <option>hex</option>
                <option>base64</option>
              </select>
            </label>
          </div>
        )}
        {scheme !== 'none' && (
          <label className="form-row">
            <span className="small">{keeps ? 'Secret: one is set, and stays if this is left empty' : 'Secret'}</span>
            <input className="field mono" type="password" autoComplete="off" value={secret} onChange={(e) => setSecret(e.target.value)} placeholder={plain ? '' : 'whsec_'} maxLength={500} required={!keeps} />
          </label>
        )}
        <Refused error={set.error} />
        {!s.managed && (
          <p className="webhook-foot">
            <Button type="submit" disabled={set.isPending}>
              Use this
            </Button>
            <span className="small quiet" role="status">
              {set.isSuccess ? 'From now on calls are known by this.' : 'Calls that it does not fit are refused, and kept as dead letters.'}
            </span>
          </p>
        )}
      </form>
    </section>
  )
}
