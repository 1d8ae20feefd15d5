/** Where DuckDB points in a question that it cannot answer: it quotes the line and puts a caret under it. */
export function placeOf(message: string): { line: number; column: number } {
  const found = /^LINE (\d+): (.*)\n(\s*)\^/m.exec(message)
  if (!found) return { line: 1, column: 1 }
  const [, line = '1', quoted = '', blanks = ''] = found
  const before = `LINE ${line}: `.length
  // A long line is quoted from its middle, so that the caret says nothing about its place.
  return { line: Number(line), column: quoted.startsWith('...') ? 1 : Math.max(1, blanks.length - before + 1) }
}
