import type { TimelineEvent } from '@api/types'

import { timelineItems } from './timelineItems'

const event = (id: string, time: string, visit?: number): TimelineEvent => ({ event: id, kind: 'track', message_id: id, time, received_at: time, source: 'web', sentence: id, ...(visit ? { visit } : {}) })

test('days, and visits of more than one interaction, get a heading, newest first', () => {
  const items = timelineItems([
    event('e', '2026-03-04T09:00:00Z', 2),
    event('d', '2026-03-03T10:20:00Z', 1),
    event('c', '2026-03-03T10:10:00Z'),
    event('b', '2026-03-03T10:00:00Z', 1),
  ])
  expect(items.map((i) => (i.kind === 'day' ? i.day : i.kind === 'visit' ? `visit ${i.visit} of ${i.count}` : i.event.event))).toEqual([
    '2026-03-04',
    'e',
    '2026-03-03',
    'visit 1 of 2',
    'd',
    'c',
    'b',
  ])
})

test('every item has a key of its own', () => {
  const items = timelineItems([event('a', '2026-03-03T10:00:00Z', 1), event('a', '2026-03-03T10:00:00Z', 1)])
  expect(new Set(items.map((i) => i.key)).size).toBe(items.length)
})
