import type { ConversationStep } from '@api/types'
import { scalar, scalarWithin } from '@lib/yaml'

type Keys = Record<string, unknown>

const isPlain = (v: unknown): boolean => v === null || typeof v !== 'object'

/** A small map or list on one line, or nothing where that would be hard to read. */
function inline(v: unknown): string | undefined {
  if (isPlain(v)) return scalarWithin(v)
  const parts = Array.isArray(v) ? v.map(inline) : Object.entries(v as Keys).map(([k, x]) => (isPlain(x) ? `${k}: ${inline(x)}` : undefined))
  if (parts.includes(undefined)) return undefined
  const text = Array.isArray(v) ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`
  return text.length <= 90 ? text : undefined
}

function lines(v: unknown, indent: string): string[] {
  if (Array.isArray(v)) {
    return v.flatMap((item) => {
      const short = inline(item)
      if (short !== undefined) return [`${indent}- ${short}`]
      const [head, ...rest] = lines(item, `${indent}  `)
      return [`${indent}- ${(head ?? '').trimStart()}`, ...rest]
    })
  }
  return Object.entries(v as Keys).flatMap(([key, value]) => {
    if (isPlain(value)) return [`${indent}${key}: ${scalar(value)}`]
    const short = Array.isArray(value) && value.length > 0 && !isPlain(value[0]) ? undefined : inline(value)
    return short === undefined ? [`${indent}${key}:`, ...lines(value, `${indent}  `)] : [`${indent}${key}: ${short}`]
  })
}

/** The keys of steps and options in the order in which people read them. */
const order = ['id', 'label', 'words', 'say', 'ask', 'look_up', 'act', 'decide', 'branch', 'hand_over', 'end', 'on', 'for', 'options', 'least', 'most', 'matches', 'when', 'with', 'again', 'tries', 'go', 'otherwise']

const rank = (key: string): number => (order.indexOf(key) + 1 || order.length + 1)

function ordered(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(ordered)
  if (isPlain(v)) return v
  const known = Object.entries(v as Keys).map(([k, x]) => [k, ordered(x)] as const)
  return Object.fromEntries(known.sort(([a], [b]) => rank(a) - rank(b)))
}

/** A step as an item of a list, its dash after indent. */
export function stepLines(keys: Keys, indent: string): string[] {
  const [head = '', ...rest] = lines(ordered(keys), `${indent}  `)
  return [`${indent}- ${head.trimStart()}`, ...rest].map((l) => l.trimEnd())
}

const indentOf = (line: string): string => line.slice(0, line.length - line.trimStart().length)

/** The source with other keys in the place of a step; the rest stays as it is. */
export function putStep(source: string, step: Pick<ConversationStep, 'line' | 'end_line'>, keys: Keys): string {
  const all = source.split('\n')
  const at = step.line - 1
  return [...all.slice(0, at), ...stepLines(keys, indentOf(all[at] ?? '')), ...all.slice(step.end_line)].join('\n')
}

/** The source with a new step below another. */
export function addStep(source: string, after: Pick<ConversationStep, 'line' | 'end_line'>, keys: Keys): string {
  const all = source.split('\n')
  return [...all.slice(0, after.end_line), ...stepLines(keys, indentOf(all[after.line - 1] ?? '')), ...all.slice(after.end_line)].join('\n')
}

export function dropStep(source: string, step: Pick<ConversationStep, 'line' | 'end_line'>): string {
  const all = source.split('\n')
  return [...all.slice(0, step.line - 1), ...all.slice(step.end_line)].join('\n')
}
