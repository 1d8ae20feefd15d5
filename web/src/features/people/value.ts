import type { Money, Person } from '@api/types'
import { formatMoney } from '@lib/formatMoney'

export interface Value {
  /** The sum in the workspace's currency, or in others when there is none in it. */
  main: string
  /** What else there is to say about it. */
  note: string
}

/**
 * What a person is worth in words. Only amounts in the workspace's currency are
 * added up; others are named, never converted.
 */
export function valueOf(p: Pick<Person, 'value' | 'features'>, currency: string): Value {
  const others = foreign(p, currency).map(written)
  if (others.length === 0) return { main: formatMoney(p.value, currency), note: '' }
  if (p.value === 0) return { main: others.join(', '), note: `none in ${currency}` }
  return { main: formatMoney(p.value, currency), note: `and ${others.join(', ')}` }
}

/** Whether any feature holds money in another currency than the workspace's. */
export const hasForeign = (p: Pick<Person, 'features'>, currency: string): boolean => p.features.some((f) => f.money?.some((m) => m.amount !== 0 && m.currency !== currency))

/** The first sum is the one whose amount in the workspace's currency is the person's value. */
const foreign = (p: Pick<Person, 'features'>, currency: string): Money[] => (p.features.find((f) => f.kind === 'sum')?.money ?? []).filter((m) => m.amount !== 0 && m.currency !== currency)

const written = (m: Money): string => formatMoney(m.amount, m.currency)
