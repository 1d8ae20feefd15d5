import type { Answer } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'

/** Whether a column of this DuckDB type holds numbers, which are set flush right. */
export const isNumeric = (type: string): boolean => /INT|DOUBLE|DECIMAL|FLOAT|REAL|NUMERIC/i.test(type)

/** A cell as text; nothing is the empty text. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

/** How many letters wide a column is set, after its first rows. */
export function columnWidth(answer: Answer, at: number): number {
  const longest = answer.rows.slice(0, 200).reduce((most, row) => Math.max(most, cellText(row[at]).length), answer.columns[at]?.name.length ?? 0)
  return Math.max(6, Math.min(44, longest)) + 2
}

/** What was found, how long it took, and how fresh it is. */
export function answerWords(a: Answer): string {
  const found = a.truncated ? `The first ${formatNumber(a.rows.length)} rows, and there are more` : a.rows.length === 0 ? 'Nothing answers to this' : plural(a.rows.length, 'row', 'rows')
  const took = a.elapsed_ms < 1000 ? `${Math.max(1, Math.round(a.elapsed_ms))}\u00a0ms` : `${(a.elapsed_ms / 1000).toFixed(1)}\u00a0s`
  return `${found}, in ${took}.`
}

/** Up to when the archive knows. */
export function freshness(a: Answer): string {
  const events = a.as_of ? `Of everything that was taken up to ${formatMoment(a.as_of)}` : 'Nothing was archived yet'
  return a.people_as_of && a.people_as_of !== a.as_of ? `${events}; people as of ${formatMoment(a.people_as_of)}.` : `${events}.`
}

/** The answer as CSV, as RFC 4180 has it. */
export function toCSV(a: Answer): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = [a.columns.map((c) => c.name), ...a.rows.map((row) => row.map(cellText))]
  return lines.map((line) => line.map(field).join(',')).join('\r\n') + '\r\n'
}

/** The id under which a question of this name is kept. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 100)
    .replace(/^-|-$/g, '')
}
