/** Where a cursor stands in a YAML text: what leads there, and what is written there. */
export interface Place {
  /** Keys from the top down; an item of a list is null. */
  path: (string | null)[]
  /** Whether a key is being written, or the value of one. */
  at: 'key' | 'value'
  /** What has been written of it. */
  typed: string
  /** Keys that are there already, beside the one that is being written. */
  taken: string[]
}

interface Level {
  indent: number
  /** The key that opened this level; null for an item of a list. */
  key: string | null
  /** Whether a value stood behind the key, so that nothing can be under it. */
  shut: boolean
  keys: string[]
}

const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s"'#{}[\],:&*!|>%@`-][^\s:#{}[\],]*))\s*:(?:\s+|$)(.*)$/

/**
 * Finds the place by indentation, as people do, so that it is found in a text
 * that is not finished. Flow maps, {a: 1}, are followed within the cursor's line.
 * line is from 0; column counts characters before the cursor.
 */
export function placeOf(lines: string[], line: number, column: number): Place | null {
  const levels: Level[] = [{ indent: -1, key: null, shut: false, keys: [] }]
  let text = -1 // indentation of the key whose block of text we are in
  for (const l of lines.slice(0, line)) {
    const indent = l.search(/\S/)
    if (indent < 0 || (text >= 0 && indent > text)) continue
    text = -1
    if (l[indent] === '#') continue
    const value = step(levels, l, indent)
    if (value && /^[|>][+-]?\d*\s*(#.*)?$/.test(value)) text = levels.at(-1)?.indent ?? -1
  }
  const here = lines[line] ?? ''
  const head = here.slice(0, column)
  const indent = head.search(/\S/) < 0 ? column : head.search(/\S/)
  if ((text >= 0 && indent > text) || /(^|\s)#/.test(head)) return null
  const rest = open(levels, head, indent)
  const last = levels.at(-1)
  const flow = flowOf(rest)
  const path = pathOf(levels)
  if (flow) return { ...flow, path: [...path, ...flow.path] }
  const pair = KEY.exec(rest)
  if (!pair) return /^[\w-]*$/.test(rest) && last ? { path, at: 'key', typed: rest, taken: [...last.keys, ...below(lines, line, indent)] } : null
  return { path: [...path, keyOf(pair)], at: 'value', typed: pair[4] ?? '', taken: [] }
}

const keyOf = (pair: RegExpExecArray): string => pair[1] ?? pair[2] ?? pair[3] ?? ''

/** The first level is the document itself, and a level of a list stands for its items. */
const pathOf = (levels: Level[]): (string | null)[] => levels.slice(1).map((l) => l.key)

/** Leaves the levels that end here, enters the items that begin here, and returns what is left of the line. */
function open(levels: Level[], line: string, indent: number): string {
  let at = indent
  let rest = line.slice(indent)
  const item = /^-(\s+|$)/.test(rest)
  while ((levels.at(-1)?.indent ?? -1) >= at) {
    const top = levels.at(-1)
    // A list may stand as far to the left as the key that it belongs to.
    if (item && top?.indent === at && top.key !== null && !top.shut) break
    levels.pop()
  }
  for (let dash = /^-(\s+|$)/.exec(rest); dash; dash = /^-(\s+|$)/.exec(rest)) {
    levels.push({ indent: at, key: null, shut: false, keys: [] })
    at += Math.max(2, dash[0].length)
    rest = rest.slice(dash[0].length)
  }
  return rest
}

/** Takes a whole line in, and returns the value behind its key. */
function step(levels: Level[], line: string, indent: number): string | undefined {
  const rest = open(levels, line, indent)
  const pair = KEY.exec(rest)
  if (!pair) return undefined
  const value = (pair[4] ?? '').replace(/(^|\s)#.*$/, '').trim()
  levels.at(-1)?.keys.push(keyOf(pair))
  levels.push({ indent: line.length - rest.length, key: keyOf(pair), shut: value !== '', keys: [] })
  return value
}

/** Keys further down that belong to the same map. */
function below(lines: string[], line: number, indent: number): string[] {
  const keys: string[] = []
  for (const l of lines.slice(line + 1)) {
    const at = l.search(/\S/)
    if (at < 0 || l[at] === '#') continue
    if (at < indent) break
    const pair = at === indent ? KEY.exec(l.slice(at)) : null
    if (pair) keys.push(keyOf(pair))
  }
  return keys
}

/** The place within {…} and […] that are open at the end of the text, or null where none is. */
function flowOf(text: string): Place | null {
  const stack: { path: (string | null)[]; map: boolean; keys: string[]; word: string; key: string | null }[] = []
  const lead = KEY.exec(text)
  let quote = ''
  for (const c of lead ? (lead[4] ?? '') : text) {
    const top = stack.at(-1)
    if (quote) {
      if (c === quote) quote = ''
      else if (top) top.word += c
    } else if (c === '"' || c === "'") quote = c
    else if (c === '{' || c === '[') {
      const within = top ? [...top.path, ...(top.map ? (top.key === null ? [] : [top.key]) : [])] : lead ? [keyOf(lead)] : []
      stack.push({ path: c === '[' ? [...within, null] : within, map: c === '{', keys: [], word: '', key: null })
    } else if (c === '}' || c === ']') stack.pop()
    else if (top && c === ',') Object.assign(top, { word: '', key: null })
    else if (top && c === ':' && top.map && top.key === null) {
      top.key = top.word.trim()
      top.keys.push(top.key)
      top.word = ''
    } else if (top) top.word += c
  }
  const top = stack.at(-1)
  if (!top || quote) return null
  const typed = top.word.trimStart()
  if (top.map && top.key === null) return { path: top.path, at: 'key', typed, taken: top.keys }
  return { path: top.map && top.key !== null ? [...top.path, top.key] : top.path, at: 'value', typed, taken: [] }
}
