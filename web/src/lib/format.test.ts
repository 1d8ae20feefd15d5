import { formatDifference, formatMoney } from './formatMoney'
import { formatNumber, formatShort, plural } from './formatNumber'
import { formatPercent, formatPoints } from './formatPercent'
import { formatAgo, formatDay, formatLongDay, formatMonth } from './formatTime'

test('percentages keep a decimal only where it matters', () => {
  expect([0.412, 0.021, 0, 1].map(formatPercent)).toEqual(['41\u00a0%', '2.1\u00a0%', '0\u00a0%', '100\u00a0%'])
  expect(formatPercent(0.0004)).toBe('<0.1\u00a0%')
  expect(formatPoints(-0.008)).toBe('\u22120.8\u00a0points')
  expect(formatPoints(0.02)).toBe('+2.0\u00a0points')
})

test('money is in millionths and differences carry their sign', () => {
  expect(formatMoney(12_500_000, 'EUR')).toBe('€12.50')
  expect(formatMoney(1_234_567_000_000, 'GBP')).toBe('£1,234,567')
  expect(formatMoney(-2_000_000, '')).toBe('\u22122.00')
  expect(formatDifference(2.1, 'USD')).toBe('+$2.10')
})

test('counts agree with their noun', () => {
  expect(plural(1, 'person', 'people')).toBe('1\u00a0person')
  expect(plural(1204, 'person', 'people')).toBe('1,204\u00a0people')
  expect([formatNumber(9999), formatShort(9999), formatShort(12_345)]).toEqual(['9,999', '9,999', '12.3K'])
})

test('time is told against the clock of the workspace', () => {
  const now = '1998-07-01T00:00:00Z'
  expect(formatAgo('1998-06-28T00:00:00Z', now)).toBe('3\u00a0days ago')
  expect(formatAgo('1998-07-02T00:00:00Z', now)).toBe('in 1\u00a0day')
  expect(formatAgo('1998-06-30T23:40:00Z', now)).toBe('just now')
  expect(formatAgo('1996-01-01T00:00:00Z', now)).toBe('2\u00a0years ago')
  expect(formatAgo(null, now)).toBe('never')
})

test('the ticks of a time axis are short', () => {
  expect(['2026-01-01', '2026-03-01', '2026-03-15'].map((d) => formatMonth(new Date(`${d}T00:00:00Z`)))).toEqual(['2026', 'Mar', '15 Mar'])
})

test('days are written in words', () => {
  expect(formatDay('2026-03-03T10:00:00Z')).toBe('3 Mar 2026')
  expect(formatLongDay('2026-03-03T10:00:00Z')).toBe('Tuesday 3 March 2026')
})
