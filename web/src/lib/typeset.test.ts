import { typeset } from './typeset'

test('numbers stay with what they count', () => {
  expect(typeset('83 % (81 to 84 %) of 1,204 people came within 30 days, on 3 March.')).toBe('83\u00a0% (81 to 84\u00a0%) of 1,204\u00a0people came within 30\u00a0days, on 3\u00a0March.')
})

test('money is written as everywhere, with a real minus sign', () => {
  expect(typeset('between -13.39 USD and +40.58 USD')).toBe('between \u2212$13.39 and +$40.58')
  expect(typeset('Did “Order Refunded”: -2.50 EUR (Return of goods).')).toBe('Did “Order Refunded”: \u2212€2.50 (Return of goods).')
  expect(typeset('1,264.47 USD of revenue')).toBe('$1,264 of revenue')
  expect(typeset('-0.8 points (-1.4 points to -0.2 points)')).toBe('\u22120.8\u00a0points (\u22121.4\u00a0points to \u22120.2\u00a0points)')
})

test('names are left as they are', () => {
  expect(typeset('After “5 days at -2.00 USD”, 3 people left')).toBe('After “5 days at -2.00 USD”, 3\u00a0people left')
  expect(typeset('SKU-12 and 2026-03-01')).toBe('SKU-12 and 2026-03-01')
})
