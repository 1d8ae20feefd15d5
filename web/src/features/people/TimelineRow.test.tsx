import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'

import { goalQuery } from '@api/queries'
import type { Goal, TimelineEvent } from '@api/types'

import { EventRow } from './TimelineRow'

const base = { message_id: 'm', time: '2026-03-03T10:00:00Z', received_at: '2026-03-03T10:00:01Z', source: 'rapport' }
const show = (event: TimelineEvent): unknown => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  client.setQueryData(goalQuery('g').queryKey, { actions: [{ id: 'care_guide', name: 'How to care for it' }] } as Goal)
  return render(
    <QueryClientProvider client={client}>
      <EventRow event={event} touchpoint={(id) => id} />
    </QueryClientProvider>,
  )
}

test('a decision unfolds to its candidates, with the chances and the reasons against', async () => {
  show({
    ...base,
    event: 'choice',
    kind: 'choice',
    sentence: 'Chose silence',
    body: {
      goal: 'g',
      reason: 'Drawn evenly from 2 eligible candidates.',
      probability: 0.5,
      chosen: 0,
      candidates: [
        { goal: 'g', action: 'silence', probability: 0.5 },
        { goal: 'g', action: 'care_guide', channel: 'email', probability: 0.5 },
        { goal: 'g', action: 'spring_offer', channel: 'sms', probability: 0, withheld: { code: 'cap', sentence: 'The cap is reached.' } },
      ],
    },
  })
  expect(screen.queryByRole('table')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: /^Why this/ }))
  const rows = screen.getAllByRole('row')
  expect(rows[1]).toHaveTextContent('chosen silence')
  const withheld = rows.find((r) => within(r).queryByText('The cap is reached.'))
  expect(withheld).toHaveTextContent('spring offer by sms')
  expect(rows[2]).toHaveTextContent('How to care for it by email')
})

test('a decision without an alternative says why there was none', async () => {
  show({ ...base, event: 'choice', kind: 'choice', sentence: 'Chose silence', body: { goal: 'g', reason: 'Everything else was withheld.', probability: 1, chosen: 0, candidates: [{ goal: 'g', action: 'silence', probability: 1 }] } })
  await userEvent.click(screen.getByRole('button', { name: /^Why this/ }))
  expect(screen.getByText('Everything else was withheld.')).toBeVisible()
})

test('a grant shows exactly what was permitted to be sent', async () => {
  show({ ...base, event: 'grant', kind: 'grant', sentence: 'Granted', body: { channel: 'email', to: 'ada@example.com', content: { subject: 'Your pan', text: 'Hello Ada', next_step: { label: 'Read', url: 'https://shop.example' } } } })
  await userEvent.click(screen.getByRole('button', { name: /^Show message/ }))
  expect(screen.getByRole('article')).toHaveTextContent('email to ada@example.com')
  expect(screen.getByRole('article')).toHaveTextContent('Your panHello AdaRead')
})

test('a message in which somebody wrote markup is shown as text', async () => {
  show({ ...base, event: 'grant', kind: 'grant', sentence: 'Granted', body: { content: { text: '<img src=x onerror=alert(1)>' } } })
  await userEvent.click(screen.getByRole('button'))
  expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeVisible()
})

test('what was held back says until when', async () => {
  show({ ...base, event: 'suppressed', kind: 'suppressed', sentence: 'Held', body: { held: true, channel: 'sms', reason: { code: 'quiet_hours', sentence: 'Quiet hours.', until: '2026-03-04T07:00:00Z' } } })
  await userEvent.click(screen.getByRole('button', { name: /^Why not/ }))
  expect(screen.getByText('Quiet hours.')).toBeVisible()
  expect(screen.getByText(/asked again 4 Mar 2026, 07:00/)).toBeVisible()
})

test('a body that is not what it should be breaks nothing', async () => {
  show({ ...base, event: 'choice', kind: 'choice', sentence: 'Chose', body: 'nonsense' })
  await userEvent.click(screen.getByRole('button'))
  expect(screen.getByRole('table')).toBeVisible()
})
