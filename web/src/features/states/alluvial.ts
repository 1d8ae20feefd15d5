import type { StateFlow } from '@api/types'

/** A state at one end of the period: where it stands, from top to bottom, in pixels. */
export interface Pillar {
  id: string
  people: number
  top: number
  bottom: number
}

/** People who went from one pillar to another: where their ribbon begins and ends, in pixels. */
export interface Ribbon extends StateFlow {
  from_top: number
  to_top: number
  thick: number
}

/** A drawing of flows: pillars on the left and on the right, and ribbons between them. */
export interface Alluvial {
  left: Pillar[]
  right: Pillar[]
  ribbons: Ribbon[]
}

/**
 * Lays flows out in height pixels, with gap between pillars. Thickness is
 * proportional to people, the same on both sides; order is from top to bottom.
 * Ribbons leave and enter a pillar in the order of what is at their other end, so
 * that they cross as little as they can.
 */
export function alluvial(flows: StateFlow[], order: string[], height: number, gap: number): Alluvial {
  const all = flows.reduce((n, f) => n + f.people, 0)
  const known = order.filter((id) => flows.some((f) => f.from === id || f.to === id))
  const scale = Math.max(0, height - gap * Math.max(0, known.length - 1)) / Math.max(1, all)
  const left = pillars(known, (id) => flows.filter((f) => f.from === id), scale, gap)
  const right = pillars(known, (id) => flows.filter((f) => f.to === id), scale, gap)
  const leaves = new Map(left.map((p) => [p.id, p.top]))
  const enters = new Map(right.map((p) => [p.id, p.top]))
  const take = (from: Map<string, number>, id: string, thick: number): number => {
    const at = from.get(id) ?? 0
    from.set(id, at + thick)
    return at
  }
  const at = (id: string): number => order.indexOf(id)
  const placed = [...flows].sort((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to)).map((f) => ({ ...f, thick: f.people * scale, from_top: take(leaves, f.from, f.people * scale), to_top: 0 }))
  for (const r of [...placed].sort((a, b) => at(a.to) - at(b.to) || at(a.from) - at(b.from))) r.to_top = take(enters, r.to, r.thick)
  return { left: left.filter((p) => p.people > 0), right: right.filter((p) => p.people > 0), ribbons: placed.filter((r) => r.people > 0) }
}

function pillars(ids: string[], of: (id: string) => StateFlow[], scale: number, gap: number): Pillar[] {
  let top = 0
  return ids.map((id) => {
    const people = of(id).reduce((n, f) => n + f.people, 0)
    const pillar = { id, people, top, bottom: top + people * scale }
    if (people > 0) top = pillar.bottom + gap
    return pillar
  })
}

/** The outline of a ribbon between x0 and x1. */
export function outline(r: Ribbon, x0: number, x1: number): string {
  const middle = (x0 + x1) / 2
  const [a, b] = [r.from_top, r.to_top]
  return `M${x0},${a} C${middle},${a} ${middle},${b} ${x1},${b} L${x1},${b + r.thick} C${middle},${b + r.thick} ${middle},${a + r.thick} ${x0},${a + r.thick} Z`
}
