import type { Gap, SourceRow } from '@api/types'

import { formatNumber, plural } from './formatNumber'
import { formatClock, formatMoment } from './formatTime'

/** The latest time in which a source may have been cut off, and which nobody has spoken of. */
export const lastGap = (s: SourceRow): Gap | undefined => s.figures.gaps.at(-1)

/** What did not come, and how much usually does. */
export function gapWords(name: string, g: Gap): string {
  const hour = g.per_hour >= 1.5 ? formatNumber(Math.round(g.per_hour)) : 'one or two'
  const usual = g.expected >= 1.5 * g.per_hour ? `usually ${hour} an hour, and ${plural(Math.round(g.expected), 'event was', 'events were')} to be expected` : `usually about ${formatNumber(Math.round(g.expected))} then`
  if (!g.to) return `Nothing has come from ${name} since ${formatMoment(g.from)}; ${usual}. Was it cut off?`
  const end = g.from && g.from.slice(0, 10) === g.to.slice(0, 10) ? formatClock(g.to) : formatMoment(g.to)
  return `Nothing came from ${name} from ${formatMoment(g.from)} to ${end}; ${usual}. Was it cut off?`
}
