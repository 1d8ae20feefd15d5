/** How many series one picture tells apart. */
export const MOST_SERIES = 6

const effort: Record<string, string> = { outreach: 'var(--outreach)', response: 'var(--response)', unprompted: 'var(--unprompted)' }

/**
 * The look of a series. Colour is kept for effort and verdicts, so that other
 * series differ by ink and by dash, and lines are named where they end.
 */
export const inkOf = (i: number, name = ''): string => effort[name] ?? `color-mix(in oklab, var(--ink) ${[92, 58, 34, 74, 46, 24][i % 6]}%, var(--paper))`

export const dashOf = (i: number): string | undefined => [undefined, '6 3', '2 3', '10 3 2 3', undefined, '6 3'][i % 6]

export interface Point {
  /** Milliseconds where the axis is time, a number, or a place in the list of names. */
  x: number
  y: number
}

export interface Series {
  name: string
  points: Point[]
}

/** Moves words apart that would stand on one another: places in pixels, in the order given. */
export function spread(places: number[], gap: number, top: number, bottom: number): number[] {
  const order = places.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y)
  let last = top - gap
  for (const o of order) last = o.y = Math.max(o.y, last + gap)
  let next = bottom + gap
  for (const o of order.reverse()) next = o.y = Math.min(o.y, next - gap)
  const out: number[] = []
  for (const o of order) out[o.i] = o.y
  return out
}
