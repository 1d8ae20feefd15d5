import type { Cast, Comparison, Frame, Rehearsal } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'

/** The answer over the page: what has been learned by the day that is shown. */
export function sentence(rehearsal: Rehearsal | undefined, shown: Frame | undefined, frames: Frame[], currency: string): string {
  if (!rehearsal) return 'Play an invented company, or a copy of your own people, on a fast clock. Nothing of it touches your workspace, and nothing leaves it.'
  if (rehearsal.condition === 'starting' || !rehearsal.cast) return rehearsal.ask.own_people ? 'Your people are being copied.' : 'The company is coming to life.'
  if (!shown) return `${formatNumber(rehearsal.cast.people)} people, ${rehearsal.cast.days} days: nothing has happened yet.`
  const { cast } = rehearsal
  const where = `Day ${shown.day} of ${rehearsal.cast.days}: `
  if (!shown.live) return `${where}people live without letters until day ${rehearsal.cast.live_day}, so that they have a past when goals begin.`
  if (cast.compares) return `${where}${against(measured(frames, shown)?.compared?.[0], currency)}`
  const goal = measured(frames, shown)?.goals?.[0]
  if (!goal) return `${where}letters go out; nothing has been measured yet.`
  if (goal.missing) return `${where}not enough evidence yet whether letters earn anything: ${goal.missing}.`
  const truth = goal.truth.people > 0 ? ` The truth${cast.own ? ', by what is assumed of your people,' : ', which only a rehearsal knows,'} is ${formatDifference(goal.truth.effect, currency)}.` : ''
  const verdict = goal.low > 0 ? 'letters earn' : goal.high < 0 ? 'letters cost' : 'letters may earn or cost'
  return `${where}${verdict} ${formatDifference(goal.lift, currency)} a person (${formatDifference(goal.low, currency)} to ${formatDifference(goal.high, currency)}).${truth}`
}

/** What a draft brings beside what is in force. */
export function against(c: Comparison | undefined, currency: string): string {
  if (!c) return 'both versions are lived; nothing has been counted yet.'
  if (c.alike === c.people) return `for “${c.name}”, both versions have brought everybody the same so far.`
  const range = `${formatDifference(c.difference, currency)} a person (${formatDifference(c.low, currency)} to ${formatDifference(c.high, currency)})`
  if (c.low <= 0 && c.high >= 0) return `for “${c.name}”, the draft cannot be told apart from what is in force: ${range}, by what is assumed of people.`
  return `for “${c.name}”, the draft ${c.low > 0 ? 'brings more' : 'brings less'} than what is in force: ${range}, by what is assumed of people.`
}

/** The last frame, up to the one shown, in which everybody was counted. */
export const measured = (frames: Frame[], shown: Frame | undefined): Frame | undefined => frames.slice(0, shown?.day ?? 0).findLast((f) => f.measured)

/** How valuable a state is, from 1 to 5: a place on the ramp of states. The cast's states are numbers into it. */
const VALUE: Record<string, number> = {
  gone: 1,
  drifting: 2,
  curious: 3,
  customer: 4,
  regular: 5,
  // Of a copy of one's own people.
  left: 1,
  seldom: 2,
  'now and then': 4,
  often: 5,
}

/** The cast's states, by number, from most to least valuable. */
export const byValue = (states: string[]): number[] => states.map((_, i) => i).sort((a, b) => rank(states[b]) - rank(states[a]))

export const rank = (state: string | undefined): number => VALUE[state ?? ''] ?? 1
export const colour = (state: string | undefined): string => `var(--state-${rank(state)})`

/** What a number of people is a copy of. */
export const copied = (cast: Cast): string => {
  if (!cast.own) return ''
  const { of } = cast.own
  return cast.people === of ? `all ${formatNumber(of)} of your people` : `${formatNumber(cast.people)} of your ${formatNumber(of)} people`
}
