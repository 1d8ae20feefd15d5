import type { Webhook, WebhookDraft } from '@api/types'

type Signature = Omit<Webhook['signature'], 'secret_set'>

/** How calls are signed, as it is asked for again: without the secret, which stays as it is. */
export function signatureOf({ scheme, header, prefix, encoding }: Signature): NonNullable<WebhookDraft['signature']> {
  if (scheme !== 'hmac-sha256') return { scheme }
  return { scheme, ...(header ? { header: header.trim() } : {}), ...(prefix ? { prefix } : {}), ...(encoding ? { encoding } : {}) }
}
