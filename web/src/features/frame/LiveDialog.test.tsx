import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'

import type { Workspace } from '@api/types'
import { TipProvider } from '@ui/Tip'

import { LiveDialog } from './LiveDialog'

const workspace: Workspace = { name: 'Oak & Iron', currency: 'EUR', live: 'disarmed', allow: ['ada@example.com'], as_of: null, now: null, speed: 1, people: 12, events: 1, lag: 0, demo: false, channels: [], definition: '', stages: [] }

const asked: { url: string; body: unknown }[] = []

function show(over: Partial<Workspace> = {}): void {
  asked.length = 0
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, body: JSON.parse(init.body as string) })
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TipProvider>
        <LiveDialog workspace={{ ...workspace, ...over }} onClose={() => undefined} />
      </TipProvider>
    </QueryClientProvider>,
  )
}

afterEach(() => vi.unstubAllGlobals())

test('going live asks for the name of the workspace', async () => {
  show()
  await userEvent.click(screen.getByRole('radio', { name: /^Live to everybody/ }))
  const go = screen.getByRole('button', { name: 'Go live' })
  expect(go).toBeDisabled()
  await userEvent.type(screen.getByLabelText(/type the workspace’s name/), 'Oak')
  expect(go).toBeDisabled()
  await userEvent.type(screen.getByLabelText(/type the workspace’s name/), ' & Iron')
  await userEvent.click(go)
  expect(asked).toEqual([{ url: '/api/v1/workspace/live', body: { live: 'everyone', allow: ['ada@example.com'] } }])
})

test('stopping all takes one click and keeps the allow-list', async () => {
  show({ live: 'everyone' })
  await userEvent.click(screen.getByRole('button', { name: 'Stop all now' }))
  expect(asked.map((a) => a.body)).toEqual([{ live: 'stopped', allow: ['ada@example.com'] }])
})

test('the allow-list is one address a line, each once', async () => {
  show()
  await userEvent.type(screen.getByLabelText(/Allow-list/), '\nbob@example.com, ada@example.com')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(asked.map((a) => a.body)).toEqual([{ live: 'disarmed', allow: ['ada@example.com', 'bob@example.com'] }])
})
