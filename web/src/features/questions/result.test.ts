import type { Answer } from '@api/types'

import { answerWords, cellText, columnWidth, freshness, isNumeric, slug, toCSV } from './result'

const answer: Answer = {
  columns: [{ name: 'event', type: 'VARCHAR' }, { name: 'n', type: 'BIGINT' }],
  rows: [['Order "large", two', 12], [null, 3]],
  truncated: false,
  elapsed_ms: 34.2,
  as_of: '2026-06-14T09:30:00Z',
  people_as_of: '2026-06-14T09:00:00Z',
}

test('an answer says how much was found, how long it took and how fresh it is', () => {
  expect(answerWords(answer)).toBe('2\u00a0rows, in 34\u00a0ms.')
  expect(answerWords({ ...answer, rows: [], elapsed_ms: 2340 })).toBe('Nothing answers to this, in 2.3\u00a0s.')
  expect(answerWords({ ...answer, truncated: true })).toBe('The first 2 rows, and there are more, in 34\u00a0ms.')
  expect(freshness(answer)).toBe('Of everything that was taken up to 14 Jun 2026, 09:30; people as of 14 Jun 2026, 09:00.')
  expect(freshness({ ...answer, as_of: null, people_as_of: null })).toBe('Nothing was archived yet.')
})

test('CSV quotes what would break it', () => {
  expect(toCSV(answer)).toBe('event,n\r\n"Order ""large"", two",12\r\n,3\r\n')
})

test('columns are as wide as what they hold, within bounds', () => {
  expect([columnWidth(answer, 0), columnWidth(answer, 1)]).toEqual([20, 8])
  expect([isNumeric('DECIMAL(18,2)'), isNumeric('UBIGINT'), isNumeric('VARCHAR')]).toEqual([true, true, false])
  expect([cellText({ a: [1] }), cellText(true), cellText(null)]).toEqual(['{"a":[1]}', 'true', ''])
})

test('a name becomes an id of small letters, digits and hyphens', () => {
  expect([slug('Orders by month, 2026'), slug('  Größe? ')]).toEqual(['orders-by-month-2026', 'gro-e'])
})
