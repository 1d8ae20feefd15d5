import type { Filter } from '@api/types'

/** Of which time and of whom a page speaks; what is left out is as the page has it by itself. */
export interface Scope {
  days?: string
  from?: string
  to?: string
  segment?: string
  state?: string
}

export const SCOPE_KEYS = ['days', 'from', 'to', 'segment', 'state'] as const
const PERIOD_KEYS = ['days', 'from', 'to'] as const

/** What a filter may ask that its period bounds. */
const SPANS: (keyof Filter)[] = ['touchpoint', 'effort', 'next', 'continued', 'expected', 'event', 'lately', 'stage_then', 'state_then', 'state_before']

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** The scope within search parameters. What makes no sense is left out. */
export function scopeOf(search: Record<string, unknown>): Scope {
  const text = (key: string): string | undefined => (typeof search[key] === 'string' && search[key] !== '' ? search[key] : undefined)
  const [days, from, to, segment, state] = SCOPE_KEYS.map(text)
  const scope: Scope = {}
  if (from && DAY.test(from)) scope.from = from
  if (to && DAY.test(to)) scope.to = to
  if (days && /^[1-9]\d{0,3}$/.test(days) && Number(days) <= 3660 && !scope.from && !scope.to) scope.days = days
  if (segment) scope.segment = segment
  if (state) scope.state = state
  return scope
}

/** The same people, of the page's group and in the page's period where it bounds them. */
export function within(who: Filter, scope: Scope): Filter {
  const group: Filter = {}
  if (scope.segment && !who.segment) group.segment = scope.segment
  if (scope.state && !who.state) group.state = scope.state
  const spans = Object.keys(who).length === 0 || SPANS.some((key) => who[key])
  const period: Filter = {}
  if (spans && !who.goal) for (const key of PERIOD_KEYS) if (scope[key]) period[key] = scope[key]
  return { ...group, ...period, ...who }
}

export const scopeParams = (scope: Scope): string => {
  const params = new URLSearchParams()
  for (const key of SCOPE_KEYS) if (scope[key]) params.set(key, scope[key])
  const text = params.toString()
  return text ? `?${text}` : ''
}
