import type { Answer, Kept } from '@api/types'
import { MOST_SERIES } from '@ui/chart/series'
import type { Series } from '@ui/chart/series'

import { cellText, isNumeric } from './result'

export type Chart = Kept['chart']
export type ChartKind = Chart['kind']

/** How many names a picture of lying bars has room for. */
const MOST_NAMES = 24

export interface Picture {
  /** What the axis is. */
  axis: 'time' | 'number' | 'name'
  series: Series[]
  /** Of an axis of names, in the order of the answer. */
  names: string[]
  /** What was left out or added up, in sentences. */
  notes: string[]
}

/** How a picture is written in the address. */
interface ChartSearch {
  chart?: string
  x?: string
  y?: string
  by?: string
}

/** The picture that the address asks for. */
export function chartOf({ chart, x, y, by }: ChartSearch): Chart | undefined {
  const kind = (['table', 'line', 'bar', 'number'] as const).find((k) => k === chart)
  return kind && { kind, ...(x ? { x } : {}), ...(y ? { y: y.split(',') } : {}), ...(by ? { series: by } : {}) }
}

export const chartSearch = (c: Chart): ChartSearch => ({ chart: c.kind, x: c.x ?? '', y: (c.y ?? []).join(','), by: c.series ?? '' })

const isTime = (type: string): boolean => /^(DATE|TIMESTAMP)/i.test(type)

const column = (a: Answer, name: string | undefined): number => a.columns.findIndex((c) => c.name === name)

/** The picture that suits an answer for which none was chosen. */
export function suggest(a: Answer): Chart {
  const numbers = a.columns.filter((c) => isNumeric(c.type)).map((c) => c.name)
  const [y] = numbers
  if (y === undefined || a.rows.length === 0) return { kind: 'table' }
  if (a.rows.length === 1 && numbers.length === a.columns.length) return { kind: 'number', y: numbers }
  const time = a.columns.find((c) => isTime(c.type))
  const words = a.columns.filter((c) => !isNumeric(c.type) && !isTime(c.type))
  const person = words.some((c) => /^prs_/.test(cellText(a.rows[0]?.[column(a, c.name)])))
  if (time) return { kind: 'line', x: time.name, y: [y], ...(words[0] ? { series: words[0].name } : {}) }
  if (words[0] && !person) return { kind: 'bar', x: words[0].name, y: [y], ...(words[1] ? { series: words[1].name } : {}) }
  return { kind: 'table' }
}

/** Makes a picture of an answer, or says why there is none. */
export function pictureOf(a: Answer, chart: Chart): Picture | string {
  const x = column(a, chart.x)
  const ys = (chart.y ?? []).map((name) => column(a, name)).filter((at) => at >= 0)
  const by = column(a, chart.series)
  if (x < 0) return chart.x ? `The answer has no column ${chart.x}: choose what stands along the axis.` : 'Choose what stands along the axis.'
  if (ys.length === 0) return 'Choose a column of numbers to draw.'
  const type = a.columns[x]?.type ?? ''
  const axis = isTime(type) ? 'time' : isNumeric(type) && chart.kind === 'line' ? 'number' : 'name'
  const names: string[] = []
  const sums = new Map<string, Map<number, number>>()
  let added = 0
  for (const row of a.rows) {
    const at = placeOf(axis, row[x], names)
    if (at === undefined) continue
    for (const y of ys) {
      const value = Number(row[y])
      if (row[y] === null || !Number.isFinite(value)) continue
      const name = [by >= 0 ? cellText(row[by]) : '', ys.length > 1 ? (a.columns[y]?.name ?? '') : ''].filter(Boolean).join(', ')
      const points = sums.get(name) ?? new Map<number, number>()
      if (points.has(at)) added++
      points.set(at, (points.get(at) ?? 0) + value)
      sums.set(name, points)
    }
  }
  return trimmed(axis, names, sums, added)
}

function placeOf(axis: Picture['axis'], value: unknown, names: string[]): number | undefined {
  if (axis === 'name') {
    const name = cellText(value)
    const at = names.indexOf(name)
    return at >= 0 ? at : names.push(name) - 1
  }
  const at = axis === 'time' ? timeOf(cellText(value)) : Number(value)
  return value === null || !Number.isFinite(at) ? undefined : at
}

/** A time of the archive, which is in UTC whether or not it says so. */
const timeOf = (text: string): number => new Date(/Z|[+-]\d\d(:?\d\d)?$/.test(text.slice(10)) ? text : `${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`).getTime()

/** Keeps the largest series and the first names, and says what that leaves out. */
function trimmed(axis: Picture['axis'], names: string[], sums: Map<string, Map<number, number>>, added: number): Picture {
  const size = (points: Map<number, number>): number => [...points.values()].reduce((n, v) => n + Math.abs(v), 0)
  const all = [...sums].sort((p, q) => size(q[1]) - size(p[1]))
  const series = all.slice(0, MOST_SERIES).map(([name, points]) => ({
    name,
    points: [...points].map(([x, y]) => ({ x, y })).filter((p) => axis !== 'name' || p.x < MOST_NAMES).sort((p, q) => p.x - q.x),
  }))
  const notes = [
    ...(names.length > MOST_NAMES ? [`The first ${MOST_NAMES} of ${names.length} are drawn.`] : []),
    ...(all.length > MOST_SERIES ? [`The largest ${MOST_SERIES} of ${all.length} series are drawn.`] : []),
    ...(added > 0 ? ['Rows that stand at the same place are added up.'] : []),
  ]
  return { axis, names: names.slice(0, MOST_NAMES), series, notes }
}
