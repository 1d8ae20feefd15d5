import type { Estimate } from '@api/types'

export type Verdict = 'more' | 'same' | 'less' | 'unknown'

/** Compares an interval with a fixed value: only an interval that lies wholly on one side says so. */
export function verdictOf(e: Estimate, against: number): Verdict {
  if (!e.enough) return 'unknown'
  if (e.low > against) return 'more'
  if (e.high < against) return 'less'
  return 'same'
}
