import { againstOf, verdictOn } from './verdict'

const e = (low: number, high: number, enough = true): { value: number; low: number; high: number; people: number; enough: boolean } => ({ value: (low + high) / 2, low, high, people: 100, enough })
const at = (low: number, high: number, against?: number, direction = 'inbound'): Parameters<typeof verdictOn>[0] => ({ continuation: e(low, high), direction, ...(against === undefined ? {} : { against }) })

test('only an interval wholly on one side is a verdict', () => {
  expect([at(0.6, 0.7, 0.5), at(0.4, 0.6, 0.5), at(0.2, 0.3, 0.5)].map(verdictOn)).toEqual(['more', 'same', 'less'])
  expect(verdictOn({ ...at(0.6, 0.7, 0.5), continuation: e(0.6, 0.7, false) })).toBe('unknown')
})

test('without another touchpoint there is nothing to compare with', () => {
  expect(verdictOn(at(0.1, 0.2))).toBe('alone')
  expect(againstOf({ window_days: 30 })).toBeUndefined()
  expect(againstOf({ window_days: 14, against: 0.5 })?.name).toBe('over all touchpoints within 14\u00a0days')
})

test('where a model is in force, what it expected of the same people decides', () => {
  const of = (verdict: 'engages' | 'interacts' | 'harms' | 'unknown', direction = 'inbound'): string => verdictOn({ ...at(0.6, 0.7, 0.5, direction), expected: { verdict } })
  expect([of('engages'), of('interacts'), of('harms'), of('unknown'), of('harms', 'outbound')]).toEqual(['more', 'same', 'less', 'unknown', 'less'])
})

test('what we send is not judged by who comes back, since we chose whom to send it to', () => {
  expect(verdictOn(at(0.9, 0.95, 0.5, 'outbound'))).toBe('ours')
})
