import type { Segments, SegmentRow, Sweep } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatSeconds } from '@lib/formatTime'

/** The answer to who belongs together, over all segments. */
export function answerOf({ segments }: Segments): string {
  const largest = segments.reduce<SegmentRow | undefined>((most, s) => (most && most.people >= s.people ? most : s), undefined)
  if (!largest) return 'No segment is defined yet.'
  if (segments.some((s) => s.computing)) return `${plural(segments.length, 'segment is', 'segments are')} being counted: the numbers are those so far.`
  if (largest.people === 0) return `${plural(segments.length, 'segment waits for its', 'segments wait for their')} first person.`
  const entered = segments.reduce((sum, s) => sum + s.entered, 0)
  const left = segments.reduce((sum, s) => sum + s.left, 0)
  const whole = segments.length === 1 ? `${largest.name} holds` : `Of ${formatNumber(segments.length)} segments the largest, ${largest.name}, holds`
  return `${whole} ${plural(largest.people, 'person', 'people')}, ${formatPercent(largest.share)} of everybody. ${movedWords(entered, left)}`
}

/** What a week and a day of moves come to. */
export function movedWords(entered: number, left: number): string {
  if (entered === 0 && left === 0) return 'Nobody entered or left in the last 8 days.'
  return `In the last 8 days there were ${plural(entered, 'entry', 'entries')} and ${plural(left, 'departure', 'departures')}.`
}

/** How far the counting is, and how long it will take. */
export function sweepWords(sweep: Sweep): string {
  if (!sweep.running) return ''
  const left = sweep.seconds_left > 0 ? `, about ${formatSeconds(sweep.seconds_left)} to go` : ''
  return `Counted so far: the sweep has come to ${formatPercent(sweep.share)} of everybody${left}.`
}
