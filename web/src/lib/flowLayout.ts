/** A step of whatever flows, as far as its place depends on it. */
interface Step {
  id: string
  leads: { to: string }[]
}

export interface Place {
  x: number
  y: number
}

export const STEP_WIDTH = 220
const ACROSS = STEP_WIDTH + 40
const DOWN = 128 // from row to row, unless steps are taller

/**
 * Where steps are drawn: each a row below the farthest step that leads down to it,
 * in the first column that is free there and in the rows that a way to it passes.
 * Ways back up, which make a circle, are left out of the count.
 */
export function flowLayout(steps: Step[], down = DOWN): Map<string, Place> {
  const order = new Map(steps.map((s, i) => [s.id, i]))
  const row = new Map<string, number>()
  steps.forEach((s, i) => {
    const here = row.get(s.id) ?? (i === 0 ? 0 : undefined)
    const from = here ?? 0
    row.set(s.id, from)
    for (const { to } of s.leads) {
      const at = order.get(to)
      if (at !== undefined && at > i) row.set(to, Math.max(row.get(to) ?? 0, from + 1))
    }
  })
  const column = new Map<string, number>()
  const placed: { row: number; column: number }[] = []
  for (const s of [...steps].sort((a, b) => (row.get(a.id) ?? 0) - (row.get(b.id) ?? 0))) {
    const here = row.get(s.id) ?? 0
    // The rows above it that a way down to it passes, its own among them.
    const from = steps.filter((o) => o.leads.some((l) => l.to === s.id)).map((o) => (row.get(o.id) ?? 0) + 1)
    const top = Math.min(here, ...from)
    let free = 0
    while (placed.some((p) => p.column === free && p.row >= top && p.row <= here)) free++
    column.set(s.id, free)
    placed.push({ row: here, column: free })
  }
  const places = new Map<string, Place>()
  for (const s of steps) places.set(s.id, { x: (column.get(s.id) ?? 0) * ACROSS, y: (row.get(s.id) ?? 0) * down })
  return places
}
