import { featureName, featureValue, traitValue } from './featureValue'

test('features are told by their kind', () => {
  const base = { id: 'f', name: 'F', count: 3 }
  expect(featureValue({ ...base, kind: 'count' }, null)).toBe('3')
  expect(featureValue({ ...base, kind: 'sum', money: [{ currency: 'GBP', amount: 1_500_000 }, { currency: 'EUR', amount: -2_000_000 }] }, null)).toBe('£1.50, \u2212€2.00')
  expect(featureValue({ ...base, kind: 'last', at: '1998-06-01T00:00:00Z' }, '1998-06-03T00:00:00Z')).toBe('2\u00a0days ago')
  expect(featureValue({ ...base, kind: 'last' }, null)).toBe('never')
  expect(featureValue({ ...base, kind: 'last', at: '1998-06-01T00:00:00Z', value: 'Utrecht' }, null)).toBe('Utrecht, 1 Jun 1998')
  expect(featureValue({ ...base, kind: 'distinct', at_least: true }, null)).toBe('at least 3')
  expect(featureValue({ ...base, kind: 'rate', number: 0.25 }, null)).toBe('0.25')
  expect(featureValue({ ...base, kind: 'sum', number: 1234.5 }, null)).toBe('1,235')
})

test('a feature over a window says so', () => {
  expect(featureName({ id: 'f', name: 'Orders', kind: 'count', count: 3, within_days: 90 })).toBe('Orders, last 90\u00a0days')
})

test('traits of any JSON are told in words', () => {
  expect([traitValue('Utrecht'), traitValue(true), traitValue(['a', 'b']), traitValue({ a: 1 }), traitValue(null)]).toEqual(['Utrecht', 'yes', 'a, b', '{"a":1}', 'null'])
})
