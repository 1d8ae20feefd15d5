import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'

import type { SourcePage, Tried, WebhookDraft } from '@api/types'

import { WebhookMap } from './WebhookMap'

const map = 'format: json\ncolumns: [email]\n'
const source = { id: 'billing', name: 'Stripe', kind: 'webhook', managed: false, webhook: { map, path: '/v1/webhooks/billing', refuse_with: 400, signature: { scheme: 'hmac-sha256', header: 'X-Signature', encoding: 'hex', prefix: 'sha256=', secret_set: true } } } as SourcePage

interface Asked {
  path: string
  body: Record<string, unknown>
}

/** What the server says of a body: that it is not JSON, or whose event it is. */
function tried(body: unknown): Tried {
  try {
    const parsed = JSON.parse(String(body)) as { customer: { email: string } }
    return { message: '', skipped: 0, events: [{ kind: 'track', name: 'Invoice Paid', message_id: 'map:1', time: null, traits: { email: parsed.customer.email } }] }
  } catch {
    return { message: 'body: it is not JSON', skipped: 0, events: [] }
  }
}

/** A server that writes down what it was asked. */
function serve(): Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
    const parsed = JSON.parse(body) as Record<string, unknown>
    asked.push({ path, body: parsed })
    return Promise.resolve(new Response(JSON.stringify(path.endsWith('/try') ? tried(parsed.body) : source)))
  })
  return asked
}

const show = (s: SourcePage): unknown => render(<WebhookMap source={s} />, { wrapper: ({ children }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider> })

afterEach(() => vi.unstubAllGlobals())

test('tries the map as it is written, and shows the events that would come of it', async () => {
  const asked = serve()
  show(source)
  await userEvent.type(screen.getByRole('textbox', { name: 'Map' }), '# a thought')
  await userEvent.click(screen.getByRole('button', { name: 'Try it' }))
  expect(await screen.findByText(/1.event would come of it/)).toBeVisible()
  expect(asked).toHaveLength(1)
  expect(asked[0]?.path).toBe('/api/v1/sources/billing/webhook/try')
  expect(asked[0]?.body.map).toBe(`${map}# a thought`)
  expect(screen.getByRole('region', { name: /events that would come/ })).toHaveTextContent('ada@example.com')
})

test('says what is wrong with a body that cannot be read', async () => {
  serve()
  show(source)
  await userEvent.type(screen.getByLabelText(/A body to try it on/), '}}')
  await userEvent.click(screen.getByRole('button', { name: 'Try it' }))
  expect(await screen.findByRole('alert')).toHaveTextContent('it is not JSON')
})

test('keeps how calls are signed when only the map changes', async () => {
  const asked = serve()
  show(source)
  expect(screen.getByRole('button', { name: 'Use this map' })).toBeDisabled()
  await userEvent.type(screen.getByRole('textbox', { name: 'Map' }), '# a thought')
  await userEvent.click(screen.getByRole('button', { name: 'Use this map' }))
  await waitFor(() => expect(asked).toHaveLength(1))
  const draft = asked[0]?.body as unknown as WebhookDraft
  expect(draft.refuse_with).toBe(400)
  expect(draft.signature).toEqual({ scheme: 'hmac-sha256', header: 'X-Signature', encoding: 'hex', prefix: 'sha256=' })
})
