import type { Answer } from '@api/types'

import { pictureOf, suggest } from './chart'
import type { Picture } from './chart'

const answer = (columns: [string, string][], rows: unknown[][]): Answer => ({ columns: columns.map(([name, type]) => ({ name, type })), rows, truncated: false, elapsed_ms: 1, as_of: null, people_as_of: null })

const months = answer(
  [['month', 'DATE'], ['currency', 'VARCHAR'], ['revenue', 'DECIMAL(18,6)']],
  [['2026-01-01', 'EUR', 10], ['2026-01-01', 'USD', 4], ['2026-02-01', 'EUR', '12.5'], ['2026-02-01', 'EUR', 1]],
)

test('a series for each value, at its time in UTC, and rows at one place added up', () => {
  const p = pictureOf(months, { kind: 'line', x: 'month', y: ['revenue'], series: 'currency' }) as Picture
  expect(p.axis).toBe('time')
  expect(p.series).toEqual([
    { name: 'EUR', points: [{ x: Date.UTC(2026, 0, 1), y: 10 }, { x: Date.UTC(2026, 1, 1), y: 13.5 }] },
    { name: 'USD', points: [{ x: Date.UTC(2026, 0, 1), y: 4 }] },
  ])
  expect(p.notes).toEqual(['Rows that stand at the same place are added up.'])
})

test('names keep the order of the answer, and what is left out is said', () => {
  const many = answer([['event', 'VARCHAR'], ['times', 'BIGINT']], Array.from({ length: 40 }, (_, i) => [`e${i}`, 40 - i]))
  const p = pictureOf(many, { kind: 'bar', x: 'event', y: ['times'] }) as Picture
  expect(p.names).toHaveLength(24)
  expect(p.names[0]).toBe('e0')
  expect(p.series[0]?.points).toHaveLength(24)
  expect(p.notes).toEqual(['The first 24 of 40 are drawn.'])
})

test('what is missing is not nought', () => {
  const p = pictureOf(answer([['day', 'TIMESTAMP'], ['n', 'BIGINT']], [['2026-01-01 00:00:00', null], ['2026-01-02 00:00:00', 3]]), { kind: 'line', x: 'day', y: ['n'] }) as Picture
  expect(p.series).toEqual([{ name: '', points: [{ x: Date.UTC(2026, 0, 2), y: 3 }] }])
})

test('a column that is not there is said', () => {
  expect(pictureOf(months, { kind: 'line', x: 'week', y: ['revenue'] })).toMatch(/no column week/)
  expect(pictureOf(months, { kind: 'line', x: 'month', y: [] })).toMatch(/column of numbers/)
})

test('a picture is suggested that suits the answer', () => {
  expect(suggest(months)).toEqual({ kind: 'line', x: 'month', y: ['revenue'], series: 'currency' })
  expect(suggest(answer([['n', 'BIGINT']], [[3]]))).toEqual({ kind: 'number', y: ['n'] })
  expect(suggest(answer([['stage', 'VARCHAR'], ['n', 'BIGINT']], [['try', 3], ['use', 1]]))).toEqual({ kind: 'bar', x: 'stage', y: ['n'] })
  expect(suggest(answer([['person_id', 'VARCHAR'], ['n', 'BIGINT']], [['prs_00000000000000000000000000', 3], ['prs_1', 1]]))).toEqual({ kind: 'table' })
})
