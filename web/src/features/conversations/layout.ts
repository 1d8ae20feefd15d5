import type { ConversationStep } from '@api/types'

export interface Place {
  x: number
  y: number
}

export const STEP_WIDTH = 220
const ACROSS = STEP_WIDTH + 40
const DOWN = 128

/**
 * Where steps are drawn: each a row below the farthest step that leads down to it,
 * in the first column that is free there. Ways back up, which make a circle, are
 * left out of the count.
 */
export function layout(steps: ConversationStep[]): Map<string, Place> {
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
  const taken = new Map<number, number>()
  const places = new Map<string, Place>()
  for (const s of steps) {
    const r = row.get(s.id) ?? 0
    const column = taken.get(r) ?? 0
    taken.set(r, column + 1)
    places.set(s.id, { x: column * ACROSS, y: r * DOWN })
  }
  return places
}
