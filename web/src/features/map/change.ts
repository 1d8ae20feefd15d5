import { isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Pair, YAMLMap } from 'yaml'

import { scalarWithin } from '@lib/yaml'

/** What of a touchpoint is changed on the map itself. */
export interface Touch {
  name: string
  stage: string
  channel: string
  direction: string
  events: string[]
  /** Days in which people are to come back. */
  window: number
}

type Keys = Partial<Record<keyof Touch, string | string[]>>

interface Edit {
  from: number
  to: number
  text: string
}

/** The events that a touchpoint claims, as the definitions say it; null where it is not in a list of them. */
export function eventsOf(yaml: string, id: string): string[] | null {
  const events = itemOf(yaml, id)?.map.get('events')
  return isSeq(events) ? events.items.map((e) => String(isScalar(e) ? e.value : e)) : null
}

/**
 * The definitions with another name, stage and so on of a touchpoint. Only what differs
 * is written anew, where it stands; all else stays, to the letter. Null where it cannot
 * be found.
 */
export function withChanged(yaml: string, id: string, before: Touch, after: Touch): string | null {
  const item = itemOf(yaml, id)
  if (!item) return null
  const keys: Keys = {}
  for (const key of ['name', 'stage', 'channel', 'direction'] as const) if (after[key] !== before[key]) keys[key] = scalarWithin(after[key])
  if (after.window !== before.window) keys.window = `${after.window}d`
  if (after.events.join('\n') !== before.events.join('\n')) keys.events = after.events.map(scalarWithin)
  return applied(yaml, Object.entries(keys).map(([key, value]) => edit(yaml, item.map, key, value)))
}

/** The definitions without a touchpoint; null where it is not an item of lines of its own. */
export function withoutTouchpoint(yaml: string, id: string): string | null {
  const item = itemOf(yaml, id)
  if (!item || item.flow) return null
  const dash = yaml.lastIndexOf('-', item.map.range?.[0] ?? 0)
  const from = yaml.lastIndexOf('\n', dash) + 1
  const end = yaml.indexOf('\n', lastOf(item.map) - 1)
  return dash < from ? null : yaml.slice(0, from) + (end < 0 ? '' : yaml.slice(end + 1))
}

/** The touchpoints as the definitions list them, and whether they do on one line. */
export function touchpointsOf(yaml: string): { maps: YAMLMap[]; flow: boolean } {
  const doc = parseDocument(yaml)
  const list = doc.errors.length === 0 && doc.getIn(['map', 'touchpoints'])
  return isSeq(list) ? { maps: list.items.filter((i): i is YAMLMap => isMap(i)), flow: list.flow === true } : { maps: [], flow: false }
}

/** The item of that id among the touchpoints, and whether the list is on one line. */
function itemOf(yaml: string, id: string): { map: YAMLMap; flow: boolean } | undefined {
  const { maps, flow } = touchpointsOf(yaml)
  const map = maps.find((m) => m.get('id') === id)
  return map && { map, flow }
}

/** Puts a value in the place of a key's, in the form that it has, or the key behind the others. */
function edit(yaml: string, map: YAMLMap, key: string, value: string | string[]): Edit {
  const text = Array.isArray(value) ? `[${value.join(', ')}]` : value
  const pair = map.items.find((p) => isScalar(p.key) && p.key.value === key)
  const range = pair && rangeOf(pair)
  if (range) {
    const lines = Array.isArray(value) && isSeq(pair.value) && !pair.value.flow
    return { from: range[0], to: range[1], text: lines ? value.map((v) => `- ${v}`).join(`\n${indentAt(yaml, range[0])}`) : text }
  }
  const at = lastOf(map)
  return { from: at, to: at, text: map.flow ? `, ${key}: ${text}` : `\n${indentAt(yaml, map.range?.[0] ?? 0)}${key}: ${text}` }
}

/** As much space as stands before a place in its line, whatever stands there. */
const indentAt = (yaml: string, at: number): string => ' '.repeat(at - (yaml.lastIndexOf('\n', at - 1) + 1))

/** Where the value of the last key ends. */
export function lastOf(map: YAMLMap): number {
  const last = map.items.at(-1)
  return (last && rangeOf(last)?.[1]) ?? map.range?.[1] ?? 0
}

/** Where a value begins, and where it ends; a list of lines takes in the end of its last. */
function rangeOf({ value }: Pair): [number, number] | undefined {
  if (isSeq(value) && !value.flow) {
    const last = value.items.at(-1)
    const end = (isScalar(last) || isMap(last) || isSeq(last)) && last.range
    if (value.range && end) return [value.range[0], end[1]]
  }
  const range = (isScalar(value) || isSeq(value) || isMap(value)) && value.range
  return range ? [range[0], range[1]] : undefined
}

/** Later places first, so that the earlier ones stay where they are. */
function applied(yaml: string, edits: Edit[]): string {
  return edits.reverse().sort((a, b) => b.from - a.from).reduce((text, e) => text.slice(0, e.from) + e.text + text.slice(e.to), yaml)
}
