import type { ConversationStep } from '@api/types'

import { flowLayout } from './flowLayout'

const step = (id: string, ...to: string[]): ConversationStep => ({ id, deed: 'say', text: id, leads: to.map((t) => ({ to: t, why: '' })), line: 1, end_line: 1, keys: {} })

test('steps go down, branches go aside, and nothing is drawn over another', () => {
  const places = flowLayout([step('ask', 'fork'), step('fork', 'yes', 'no'), step('yes', 'end'), step('end'), step('no', 'ask')])
  expect(places.get('ask')).toEqual({ x: 0, y: 0 })
  expect(places.get('yes')?.y).toBe(places.get('no')?.y)
  expect(new Set([...places.values()].map((p) => `${p.x} ${p.y}`)).size).toBe(5)
})

test('a way that passes rows has a column of its own down to where it leads', () => {
  const places = flowLayout([step('send', 'wait', 'ring'), step('wait', 'look'), step('look', 'bye', 'ring'), step('bye'), step('ring')])
  expect(places.get('wait')?.x).toBe(0)
  expect(places.get('ring')?.x).toBeGreaterThan(0)
  const long = flowLayout([step('a', 'b', 'e'), step('b', 'c', 'd'), step('c', 'e'), step('d'), step('e')])
  const passed = ['b', 'c', 'd'].map((id) => long.get(id)?.x)
  expect(long.get('e')?.y).toBeGreaterThan(long.get('c')?.y ?? 0)
  expect(passed).not.toContain(long.get('e')?.x)
})
