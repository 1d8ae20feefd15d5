import type { ConversationStep } from '@api/types'

import { layout } from './layout'

const step = (id: string, ...to: string[]): ConversationStep => ({ id, deed: 'say', text: id, leads: to.map((t) => ({ to: t, why: '' })), line: 1, end_line: 1, keys: {} })

test('steps go down, branches go aside, and nothing is drawn over another', () => {
  const places = layout([step('ask', 'fork'), step('fork', 'yes', 'no'), step('yes', 'end'), step('end'), step('no', 'ask')])
  expect(places.get('ask')).toEqual({ x: 0, y: 0 })
  expect(places.get('yes')?.y).toBe(places.get('no')?.y)
  expect(new Set([...places.values()].map((p) => `${p.x} ${p.y}`)).size).toBe(5)
})
