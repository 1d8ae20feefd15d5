import { expect, test } from 'vitest'

import { alluvial } from './alluvial'

const flows = [
  { from: 'quiet', to: 'quiet', people: 30 },
  { from: 'quiet', to: 'lively', people: 10 },
  { from: 'lively', to: 'lively', people: 50 },
  { from: 'lively', to: 'gone', people: 10 },
]
const order = ['lively', 'quiet', 'slow', 'gone']

test('thickness is people, on both sides, and nothing overlaps', () => {
  const { left, right, ribbons } = alluvial(flows, order, 220, 10)
  expect(left.map((p) => [p.id, p.people])).toEqual([['lively', 60], ['quiet', 40]])
  expect(right.map((p) => [p.id, p.people])).toEqual([['lively', 60], ['quiet', 30], ['gone', 10]])
  for (const side of [left, right]) {
    side.forEach((p, i) => {
      expect(p.bottom - p.top).toBeCloseTo(p.people * 2)
      const before = side[i - 1]
      if (before) expect(p.top - before.bottom).toBeCloseTo(10)
    })
  }
  for (const side of ['from', 'to'] as const) {
    for (const p of side === 'from' ? left : right) {
      const own = ribbons.filter((r) => r[side] === p.id).sort((a, b) => a[`${side}_top`] - b[`${side}_top`])
      let at = p.top
      for (const r of own) {
        expect(r[`${side}_top`]).toBeCloseTo(at)
        at += r.thick
      }
      expect(at).toBeCloseTo(p.bottom)
    }
  }
})

test('nobody is no drawing', () => {
  expect(alluvial([], order, 220, 10)).toEqual({ left: [], right: [], ribbons: [] })
})
