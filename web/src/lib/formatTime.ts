type Moment = string | null | undefined

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const shortDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** 3 Mar 2026. Times are shown in UTC, which is how they are kept. */
export const formatDay = (at: Moment): string => (at ? day.format(new Date(at)) : 'never')

/** Mar, or 2026 for its first month; the day with it where it is not the first of the month. */
export function formatMonth(at: Date): string {
  if (at.getUTCDate() !== 1) return shortDay.format(at)
  return at.getUTCMonth() === 0 ? String(at.getUTCFullYear()) : month.format(at)
}

/** Tuesday 3 March 2026. */
export const formatLongDay = (at: string): string => longDay.format(new Date(at)).replace(',', '')

/** 14:05. */
export const formatClock = (at: string): string => clock.format(new Date(at))

/** 3 Mar 2026, 14:05. */
export const formatMoment = (at: Moment): string => (at ? `${formatDay(at)}, ${formatClock(at)}` : 'never')

/** How long before now: "today", "3 days ago". Now is the workspace's clock, not the browser's. */
export function formatAgo(at: Moment, now: Moment): string {
  if (!at) return 'never'
  if (!now) return formatDay(at)
  const past = new Date(now).getTime() - new Date(at).getTime()
  const size = Math.abs(past)
  if (size < HOUR) return past < 0 ? 'within the hour' : 'just now'
  const text = size < DAY ? count(size / HOUR, 'hour') : size < 60 * DAY ? count(size / DAY, 'day') : size < 730 * DAY ? count(size / (30.44 * DAY), 'month') : count(size / (365.25 * DAY), 'year')
  return past < 0 ? `in ${text}` : `${text} ago`
}

/** As formatAgo, to the second: for what should be arriving now. */
export function formatSince(at: Moment, now: Moment): string {
  if (!at) return 'never'
  const past = now ? new Date(now).getTime() - new Date(at).getTime() : HOUR
  if (past >= HOUR) return formatAgo(at, now)
  if (past < 5000) return 'just now'
  return `${past < 60_000 ? count(past / 1000, 'second') : count(past / 60_000, 'minute')} ago`
}

/** 14:05:09. */
export const formatSecond = (at: Moment): string => (at ? new Date(at).toISOString().slice(11, 19) : '')

/** 30 → "30 days", 1 → "1 day". */
export const formatDays = (days: number): string => count(days, 'day')

function count(n: number, unit: string): string {
  const whole = Math.max(1, Math.round(n))
  return `${whole}\u00a0${unit}${whole === 1 ? '' : 's'}`
}

/** 42 → "42 seconds", 150 → "3 minutes", 9000 → "3 hours". */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return count(seconds, 'second')
  return seconds < 90 * 60 ? count(seconds / 60, 'minute') : count(seconds / 3600, 'hour')
}
