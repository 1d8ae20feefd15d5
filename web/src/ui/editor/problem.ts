import type { Diagnostic } from '@codemirror/lint'
import type { Text } from '@codemirror/state'

interface Problem {
  line: number
  column: number
  what: string
  mend: string
}

/** Where a problem is drawn: from its place to the end of the word, or of the line. */
export function diagnosticOf(doc: Text, p: Problem): Diagnostic {
  const line = doc.line(Math.max(1, Math.min(doc.lines, p.line)))
  const from = Math.min(line.to, line.from + Math.max(0, p.column - 1))
  const word = /^[\w-]+/.exec(doc.sliceString(from, line.to))?.[0].length ?? line.to - from
  return { from, to: Math.max(from, Math.min(line.to, from + Math.max(1, word))), severity: 'error', message: p.mend ? `${p.what}; ${p.mend}` : p.what }
}
