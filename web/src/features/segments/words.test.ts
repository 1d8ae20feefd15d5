import type { SegmentRow, Segments } from '@api/types'

import { answerOf, sweepWords } from './words'

const row = (name: string, people: number, computing = false): SegmentRow => ({ id: name, name, rule: 'true', version: 'v', people, share: people / 1000, entered: 3, left: 1, computing, sentence: '' })
const still = { running: false, share: 1, people: 1000, of: 1000, started: null, seconds_left: 0, definition: 'd', sentence: '' }
const all = (...segments: SegmentRow[]): Segments => ({ segments, people: 1000, sweep: still })

test('the answer names the largest segment and what moved', () => {
  expect(answerOf(all(row('A', 20), row('B', 120)))).toBe('Of 2 segments the largest, B, holds 120\u00a0people, 12\u00a0% of everybody. In the last 8 days there were 6\u00a0entries and 2\u00a0departures.')
})

test('without segments, without people and while they are counted the answer says so', () => {
  expect(answerOf(all())).toBe('No segment is defined yet.')
  expect(answerOf(all(row('A', 0)))).toBe('1\u00a0segment waits for its first person.')
  expect(answerOf(all(row('A', 20, true)))).toBe('1\u00a0segment is being counted: the numbers are those so far.')
})

test('the sweep tells how long it will take once that is known', () => {
  expect(sweepWords(still)).toBe('')
  expect(sweepWords({ ...still, running: true, share: 0.42, seconds_left: 12.4 })).toBe('Counted so far: the sweep has come to 42\u00a0% of everybody, about 12\u00a0seconds to go.')
  expect(sweepWords({ ...still, running: true, share: 0 })).toBe('Counted so far: the sweep has come to 0\u00a0% of everybody.')
})
