import type { Flow, LifecycleMap, MapStage, Touchpoint } from '@api/types'

/** Pixels: the column of channel names, the height of a touchpoint's row, the inner margin of a band. */
export const GUTTER = 72
export const ROW = 56
const BAND_PAD = 12
const MIN_COLUMN = 124

/** The centre of a node from the left of its column: room for the largest circle and its ring. */
const NODE_X = 26
const MIN_RADIUS = 4
const MAX_RADIUS = 17
export const RING = 4

/** How far an arc against the stream hangs below its ends. */
const SAG = 36

export interface Node {
  touchpoint: Touchpoint
  x: number
  y: number
  radius: number
}

export interface Band {
  channel: string
  top: number
  height: number
}

export interface Layout {
  width: number
  height: number
  column: number
  stages: (MapStage & { x: number })[]
  bands: Band[]
  nodes: Map<string, Node>
}

/**
 * Places stages as columns, channels as bands and touchpoints as nodes, in the
 * order of the definition, so that nothing moves when numbers change.
 */
export function layOut(map: Pick<LifecycleMap, 'stages' | 'channels' | 'touchpoints'>, room: number): Layout {
  const count = Math.max(1, map.stages.length)
  const column = Math.max(MIN_COLUMN, (room - GUTTER) / count)
  const used = new Set(map.touchpoints.map((t) => t.channel))
  const channels = [...map.channels.filter((c) => used.has(c)), ...[...used].filter((c) => !map.channels.includes(c))]
  const most = Math.max(1, ...map.touchpoints.map((t) => t.people))
  const nodes = new Map<string, Node>()
  const bands: Band[] = []
  let top = 0
  for (const channel of channels) {
    let rows = 1
    map.stages.forEach((stage, i) => {
      const cell = map.touchpoints.filter((t) => t.channel === channel && t.stage === stage.id)
      rows = Math.max(rows, cell.length)
      cell.forEach((touchpoint, j) => {
        const radius = MIN_RADIUS + (MAX_RADIUS - MIN_RADIUS) * Math.sqrt(touchpoint.people / most)
        nodes.set(touchpoint.id, { touchpoint, radius, x: GUTTER + i * column + NODE_X, y: top + BAND_PAD + (j + 0.5) * ROW })
      })
    })
    const height = rows * ROW + 2 * BAND_PAD
    bands.push({ channel, top, height })
    top += height
  }
  return {
    width: GUTTER + column * count,
    height: Math.max(top, ROW),
    column,
    stages: map.stages.map((s, i) => ({ ...s, x: GUTTER + i * column })),
    bands,
    nodes,
  }
}

export interface Arc {
  flow: Flow
  path: string
  width: number
  /** Where the share is written: near the far end. */
  labelX: number
  labelY: number
}

/** Flows that go nowhere, stay where they are, or lead off the map have no arc. */
export function arcs(flows: readonly Flow[], layout: Layout, people: number): Arc[] {
  return flows.flatMap((flow) => {
    const from = layout.nodes.get(flow.from)
    const to = layout.nodes.get(flow.to)
    if (!from || !to || from === to) return []
    const [c1, c2] = controls(from, to)
    const end = trim(to, c2)
    const start = trim(from, c1)
    const width = Math.max(1, Math.min(9, 16 * Math.sqrt(flow.people / Math.max(1, people))))
    // An arc that goes back or stays in its column ends where words are, so its share is written half way.
    const t = to.x > from.x + 1 ? 0.72 : 0.5
    return [
      {
        flow,
        width,
        path: `M${pt(start)}C${pt(c1)} ${pt(c2)} ${pt(end)}`,
        labelX: bezier(start.x, c1.x, c2.x, end.x, t),
        labelY: bezier(start.y, c1.y, c2.y, end.y, t),
      },
    ]
  })
}

interface Point {
  x: number
  y: number
}

function controls(from: Node, to: Node): [Point, Point] {
  const dx = to.x - from.x
  const dy = to.y - from.y
  if (Math.abs(dx) < 1) {
    const out = Math.min(64, 20 + Math.abs(dy) / 6)
    return [
      { x: from.x - out, y: from.y + dy * 0.2 },
      { x: to.x - out, y: to.y - dy * 0.2 },
    ]
  }
  if (dx > 0) {
    return [
      { x: from.x + dx * 0.45, y: from.y },
      { x: to.x - dx * 0.45, y: to.y },
    ]
  }
  // Against the stream: a sag, so that it does not lie on the way forward.
  return [
    { x: from.x + dx * 0.4, y: from.y + SAG },
    { x: to.x - dx * 0.4, y: to.y + SAG },
  ]
}

function trim(node: Node, towards: Point): Point {
  const dx = towards.x - node.x
  const dy = towards.y - node.y
  const length = Math.hypot(dx, dy) || 1
  const out = node.radius + RING + 3
  return { x: node.x + (dx / length) * out, y: node.y + (dy / length) * out }
}

const pt = (p: Point): string => `${p.x.toFixed(1)},${p.y.toFixed(1)}`

function bezier(a: number, b: number, c: number, d: number, t: number): number {
  const u = 1 - t
  return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
}

/** The node that an arrow key leads to, or undefined at the edge. */
export function neighbour(layout: Layout, id: string, key: string): string | undefined {
  const here = layout.nodes.get(id)
  const direction: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  const step = direction[key]
  if (!here || !step) return undefined
  let best: [string, number] | undefined
  for (const [other, node] of layout.nodes) {
    const dx = node.x - here.x
    const dy = node.y - here.y
    const along = dx * step[0] + dy * step[1]
    const across = Math.abs(dx * step[1]) + Math.abs(dy * step[0])
    if (other === id || along < 1 || (step[0] === 0 && across > 1)) continue
    const distance = step[0] === 0 ? along : along * 4 + across
    if (!best || distance < best[1]) best = [other, distance]
  }
  return best?.[0]
}
