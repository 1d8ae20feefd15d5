import type { FeatureValue, Money } from '@api/types'

import { hasForeign, valueOf } from './value'

const sum = (...money: Money[]): FeatureValue => ({ id: 'revenue', name: 'Revenue', kind: 'sum', count: 0, money })
const usd = { currency: 'USD', amount: 10_000_000 }
const eur = { currency: 'EUR', amount: 20_000_000 }

test('value is in the workspace’s currency, and other currencies are named beside it', () => {
  expect(valueOf({ value: 10_000_000, features: [sum(usd)] }, 'USD')).toEqual({ main: '$10.00', note: '' })
  expect(valueOf({ value: 10_000_000, features: [sum(usd, eur)] }, 'USD')).toEqual({ main: '$10.00', note: 'and €20.00' })
})

test('money in another currency only is not shown as nothing', () => {
  expect(valueOf({ value: 0, features: [sum(eur)] }, 'USD')).toEqual({ main: '€20.00', note: 'none in USD' })
  expect(valueOf({ value: 0, features: [] }, 'USD')).toEqual({ main: '$0.00', note: '' })
})

test('a currency whose sign others share is told from them', () => {
  expect(valueOf({ value: 0, features: [sum({ currency: 'CAD', amount: 5_000_000 })] }, 'USD').main).toBe('CA$5.00')
})

test('foreign money is noticed in any feature', () => {
  expect([hasForeign({ features: [sum(usd)] }, 'USD'), hasForeign({ features: [sum(usd), sum(eur)] }, 'USD')]).toEqual([false, true])
})
