import type { FeatureValue } from '@api/types'

import { formatDays, formatAgo, formatDay } from './formatTime'
import { formatMoney } from './formatMoney'
import { formatNumber } from './formatNumber'

const decimals = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** What a feature comes to, in words, by its kind. */
export function featureValue(f: FeatureValue, now: string | null): string {
  switch (f.kind) {
    case 'count':
    case 'distinct':
      return `${f.at_least ? 'at least ' : ''}${formatNumber(f.count)}`
    case 'rate':
      return f.number === undefined ? '–' : decimals.format(f.number)
    case 'sum':
      if (f.money?.length) return f.money.map((m) => formatMoney(m.amount, m.currency)).join(', ')
      return f.number === undefined ? '–' : decimals.format(f.number)
    default:
      if (f.value !== undefined && f.value !== null) return `${traitValue(f.value)}${f.at ? `, ${formatDay(f.at)}` : ''}`
      return f.at ? formatAgo(f.at, now) : 'never'
  }
}

/** What a feature is called, with the window that it looks back on. */
export const featureName = (f: FeatureValue): string => (f.within_days ? `${f.name}, last ${formatDays(f.within_days)}` : f.name)

export function traitValue(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (Array.isArray(value)) return value.map(traitValue).join(', ')
  return JSON.stringify(value)
}
