import type { Frame, Rehearsal } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'

/** The answer over the page: what has been learned by the day that is shown. */
export function sentence(rehearsal: Rehearsal | undefined, shown: Frame | undefined, frames: Frame[], currency: string): string {
  if (!rehearsal) return 'Play a company of invented people on a fast clock. Nothing of it touches your workspace, and nothing leaves it.'
  if (rehearsal.condition === 'starting' || !rehearsal.cast) return 'The company is coming to life.'
  if (!shown) return `${formatNumber(rehearsal.cast.people)} people, ${rehearsal.cast.days} days: nothing has happened yet.`
  const where = `Day ${shown.day} of ${rehearsal.cast.days}: `
  if (!shown.live) return `${where}people live without letters until day ${rehearsal.cast.live_day}, so that they have a past when goals begin.`
  const goal = measured(frames, shown)?.goals?.[0]
  if (!goal) return `${where}letters go out; nothing has been measured yet.`
  if (goal.missing) return `${where}not enough evidence yet whether letters earn anything: ${goal.missing}.`
  const truth = goal.truth.people > 0 ? ` The truth, which only a rehearsal knows, is ${formatDifference(goal.truth.effect, currency)}.` : ''
  const verdict = goal.low > 0 ? 'letters earn' : goal.high < 0 ? 'letters cost' : 'letters may earn or cost'
  return `${where}${verdict} ${formatDifference(goal.lift, currency)} a person (${formatDifference(goal.low, currency)} to ${formatDifference(goal.high, currency)}).${truth}`
}

/** The last frame, up to the one shown, in which everybody was counted. */
export const measured = (frames: Frame[], shown: Frame | undefined): Frame | undefined => frames.slice(0, shown?.day ?? 0).findLast((f) => f.measured)

/** The order from least to most valuable, in which states are drawn and coloured; the cast's states are numbers into it. */
const VALUE = ['gone', 'drifting', 'curious', 'customer', 'regular']

/** The cast's states, by number, from most to least valuable. */
export const byValue = (states: string[]): number[] => states.map((_, i) => i).sort((a, b) => rank(states[b]) - rank(states[a]))

/** A place on the ramp of states, 1 to 5. */
export const rank = (state: string | undefined): number => Math.max(1, VALUE.indexOf(state ?? '') + 1)
export const colour = (state: string | undefined): string => `var(--state-${rank(state)})`
