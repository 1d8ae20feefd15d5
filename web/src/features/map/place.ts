import { scalar } from './scalar'

/** A touchpoint that is being put on the map. */
export interface Draft {
  id: string
  name: string
  stage: string
  channel: string
  direction: 'inbound' | 'outbound'
  event: string
  window_days: number
}

/** Its suggested name: an event as it is called, without what kind of call it is. */
export const nameFor = (event: string): string => event.replace(/^(page|screen):/, '').replace(/_/g, ' ')

/**
 * The definitions with one more touchpoint: a line after the last of its stage,
 * else at the end of the list, set in as the others are. All else stays as it is
 * written. Null where the text has no list of touchpoints that lines can be added to.
 */
export function withTouchpoint(yaml: string, t: Draft): string | null {
  const lines = yaml.split('\n')
  const map = lines.findIndex((l) => /^map\s*:/.test(l))
  const head = lines.findIndex((l, i) => i > map && /^\s+touchpoints\s*:\s*(#.*)?$/.test(l))
  if (map < 0 || head < 0 || lines.slice(map + 1, head).some((l) => /^\S/.test(l) && !l.startsWith('#'))) return null
  const outer = indentOf(lines[head] ?? '')
  let first = -1
  let last = -1
  let mine = -1
  let item = -1
  for (let i = head + 1; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    const indent = indentOf(line)
    const dash = line.trimStart().startsWith('-')
    if (indent < outer || (indent === outer && !dash)) break
    if (dash && (first < 0 || indent === indentOf(lines[first] ?? ''))) {
      if (first < 0) first = i
      item = i
    }
    last = i
    if (item >= 0 && new RegExp(`\\bstage:\\s*["']?${t.stage}["']?\\s*([,}#]|$)`).test(line)) mine = endOf(lines, i, indentOf(lines[item] ?? ''))
  }
  if (first < 0) return null
  const row = `${' '.repeat(indentOf(lines[first] ?? ''))}- {id: ${t.id}, name: ${scalar(t.name)}, stage: ${scalar(t.stage)}, channel: ${scalar(t.channel)}, direction: ${t.direction}, events: [${scalar(t.event)}], window: ${t.window_days}d}`
  const after = mine >= 0 ? mine : last
  return [...lines.slice(0, after + 1), row, ...lines.slice(after + 1)].join('\n')
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** The last line of the item that line i belongs to. */
function endOf(lines: string[], i: number, indent: number): number {
  let end = i
  for (let k = i + 1; k < lines.length; k++) {
    const line = lines[k] ?? ''
    if (line.trim() === '') continue
    if (indentOf(line) <= indent) break
    if (!line.trim().startsWith('#')) end = k
  }
  return end
}
