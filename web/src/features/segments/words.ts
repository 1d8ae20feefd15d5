import type { Preview, Segments, SegmentRow, Sweep } from '@api/types'
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

/** Whom a rule means, as far as is known. */
export function previewWords(p: Preview): string {
  if (p.exact) return `It means ${plural(p.count, 'person', 'people')}, ${formatPercent(p.share)} of everybody.`
  if (p.looked === 0) return 'People are being read.'
  return `It means about ${plural(p.count, 'person', 'people')}, ${formatPercent(p.share)} of everybody: between ${formatNumber(p.low)} and ${formatNumber(p.high)}.`
}

/** What the count rests on. */
export function groundsOf(p: Preview): string {
  const failed = p.failed > 0 ? ` Of ${plural(p.failed, 'person', 'people')} the rule took too many steps: they count as not meant.` : ''
  if (p.exact) return `Everybody was asked.${failed}`
  const so = p.looked < p.people ? `${formatNumber(p.looked)} of ${plural(p.people, 'person', 'people')} asked so far, at random; the interval holds with 95\u00a0% confidence.` : `Everybody was asked; ${plural(p.changed, 'person has', 'people have')} changed since.`
  return `${so}${p.one_by_one ? ` It takes longer, one person after another: ${p.one_by_one}.` : ''}${failed}`
}

/** A segment's id made of its name; empty when there is nothing to make it of. */
export function idOf(name: string): string {
  const id = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{Mn}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return id.slice(0, 64).replace(/-+$/, '')
}

/** The segment as definitions have it. */
export function asYAML(id: string, name: string, rule: string): string {
  const quoted = (s: string): string => `'${s.replaceAll("'", "''")}'`
  const lines = rule.trim().split('\n')
  const when = lines.length === 1 ? [`    when: ${quoted(rule.trim())}`] : ['    when: |-', ...lines.map((l) => `      ${l}`)]
  return ['segments:', `  - id: ${id || 'my-segment'}`, ...(name.trim() ? [`    name: ${quoted(name.trim())}`] : []), ...when].join('\n')
}

/** The line of a rule in which a character is, from 1, taken apart there: before it, the word at it, and after that. */
export function around(rule: string, at: number): [string, string, string] {
  const all = Array.from(rule)
  const here = Math.min(at - 1, all.length)
  const start = all.lastIndexOf('\n', here - 1) + 1
  const stop = all.indexOf('\n', here)
  const end = stop < 0 ? all.length : stop
  const word = /^[\p{L}\p{N}_]+|^./u.exec(all.slice(here, end).join(''))?.[0] ?? '\u00a0'
  return [all.slice(start, here).join(''), word, all.slice(here, end).join('').slice(word === '\u00a0' ? 0 : word.length)]
}
