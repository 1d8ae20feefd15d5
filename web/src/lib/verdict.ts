import type { Estimate, Expectation, Touchpoint } from '@api/types'

import { formatDays } from './formatTime'

export type Verdict = 'more' | 'same' | 'less' | 'unknown'

/** Compares an interval with a fixed value: only an interval that lies wholly on one side says so. */
export function verdictOf(e: Estimate, against: number): Verdict {
  if (!e.enough) return 'unknown'
  if (e.low > against) return 'more'
  if (e.high < against) return 'less'
  return 'same'
}

/** A touchpoint's verdict: `alone` where there is nothing to compare with, `ours` where whom it reaches was our choice. */
export type TouchpointVerdict = Verdict | 'alone' | 'ours'

const told = { engages: 'more', harms: 'less', interacts: 'same', unknown: 'unknown' } as const

/**
 * Judges a touchpoint by what the state model expected of the same people. Without a model its continuation
 * is compared with that over all inbound touchpoints within the same window.
 */
export function verdictOn(t: Pick<Touchpoint, 'continuation' | 'against' | 'direction'> & { expected?: Pick<Expectation, 'verdict'> }): TouchpointVerdict {
  if (t.expected) return told[t.expected.verdict]
  if (!t.continuation.enough) return 'unknown'
  if (t.direction === 'outbound') return 'ours'
  return t.against === undefined ? 'alone' : verdictOf(t.continuation, t.against)
}

/** What an estimate of continuation is compared with, and its name; nothing where there is nothing. */
export const againstOf = (t: Pick<Touchpoint, 'against' | 'window_days'>): { value: number; name: string } | undefined =>
  t.against === undefined ? undefined : { value: t.against, name: `over all touchpoints within ${formatDays(t.window_days)}` }
