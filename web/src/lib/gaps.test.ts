import { expect, test } from 'vitest'

import { gapWords } from './gaps'

const words = (to: string | null, perHour: number, expected: number): string => gapWords('Shop', { from: '2026-03-01T14:05:00Z', to, per_hour: perHour, expected }).replaceAll('\u00a0', ' ')

test('says since when, and what was usual', () => {
  expect(words(null, 300.4, 950)).toBe('Nothing has come from Shop since 1 Mar 2026, 14:05; usually 300 an hour, and 950 events were to be expected. Was it cut off?')
  expect(words('2026-03-01T19:00:00Z', 300, 300)).toBe('Nothing came from Shop from 1 Mar 2026, 14:05 to 19:00; usually about 300 then. Was it cut off?')
  expect(words('2026-03-03T19:00:00Z', 0.4, 25)).toBe('Nothing came from Shop from 1 Mar 2026, 14:05 to 3 Mar 2026, 19:00; usually one or two an hour, and 25 events were to be expected. Was it cut off?')
})
