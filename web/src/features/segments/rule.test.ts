import type { Preview } from '@api/types'

import { around, asYAML, groundsOf, idOf, previewWords } from './words'

const preview = (more: Partial<Preview>): Preview => ({ people: 1000, count: 120, low: 120, high: 120, exact: true, share: 0.12, looked: 1000, changed: 0, as_of: '2026-03-03T12:00:00Z', failed: 0, sample: [], sentence: '', took_ms: 3, ...more })

test('an exact count is said plainly, an estimate with its interval and what it rests on', () => {
  expect(previewWords(preview({}))).toBe('It means 120\u00a0people, 12\u00a0% of everybody.')
  const part = preview({ exact: false, looked: 200, low: 80, high: 170 })
  expect(previewWords(part)).toBe('It means about 120\u00a0people, 12\u00a0% of everybody: between 80 and 170.')
  expect(groundsOf(part)).toContain('200 of 1,000\u00a0people asked so far')
  expect(groundsOf({ ...part, one_by_one: 'the rule asks of accounts' })).toContain('the rule asks of accounts')
  expect(previewWords(preview({ exact: false, looked: 0 }))).toBe('People are being read.')
  expect(groundsOf(preview({ exact: false, changed: 3 }))).toContain('3\u00a0people have changed since')
})

test('what is wrong is shown where it is, on its line', () => {
  expect(around('orders > 3\n  && ordres < 9', 17)).toEqual(['  && ', 'ordres', ' < 9'])
  expect(around('größer && x', 1)).toEqual(['', 'größer', ' && x'])
  expect(around('orders >', 9)).toEqual(['orders >', '\u00a0', ''])
})

test('a segment becomes YAML that reads as it was written', () => {
  expect(asYAML('few', "It's few", 'orders > 1')).toBe("segments:\n  - id: few\n    name: 'It''s few'\n    when: 'orders > 1'")
  expect(asYAML('', '', 'a\n&& b')).toBe('segments:\n  - id: my-segment\n    when: |-\n      a\n      && b')
  expect(idOf('Große Käufer, 2. Jahr')).toBe('gro-e-kaufer-2-jahr')
  expect(idOf('42')).toBe('')
})
