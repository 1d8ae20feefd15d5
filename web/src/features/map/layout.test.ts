import type { MapStage, Touchpoint } from '@api/types'

import { arcs, GUTTER, layOut, neighbour, ROW } from './layout'

const estimate = { value: 0.5, low: 0.4, high: 0.6, people: 100, enough: true }
const effort = { outreach: 0, response: 0, unprompted: 1 }
const stage = (id: string): MapStage => ({ id, name: id, rule: '', people: 1, met: 1, effort, initiative: estimate })
const touch = (id: string, at: string, channel: string, people = 10): Touchpoint => ({ id, name: id, stage: at, channel, direction: 'inbound', people, interactions: people, effort, window_days: 30, continuation: estimate, curve: [], dead_end: false, back: 0, lost: 0, open: 0 })

const map = {
  stages: [stage('discover'), stage('use')],
  channels: ['web', 'fax', 'email'],
  touchpoints: [touch('a', 'discover', 'web', 100), touch('b', 'discover', 'web'), touch('c', 'use', 'email'), touch('d', 'use', 'chat', 0)],
}

test('stages are columns and the channels that are used are bands', () => {
  const l = layOut(map, GUTTER + 400)
  expect(l.stages.map((s) => s.x)).toEqual([GUTTER, GUTTER + 200])
  expect(l.bands.map((b) => b.channel)).toEqual(['web', 'email', 'chat'])
  expect(l.nodes.get('b')?.y).toBe((l.nodes.get('a')?.y ?? 0) + ROW)
  expect(l.nodes.get('c')?.x).toBe((l.nodes.get('a')?.x ?? 0) + 200)
})

test('more people make a larger node, and nobody still makes a node', () => {
  const l = layOut(map, 800)
  const radius = (id: string): number => l.nodes.get(id)?.radius ?? 0
  expect(radius('a')).toBeGreaterThan(radius('b'))
  expect(radius('b')).toBeGreaterThan(radius('d'))
  expect(radius('d')).toBeGreaterThan(0)
})

test('a flow to nowhere, to itself or off the map has no arc', () => {
  const l = layOut(map, 800)
  const flow = (from: string, to: string): { from: string; to: string; people: number; share: number } => ({ from, to, people: 5, share: 0.5 })
  const drawn = arcs([flow('a', 'c'), flow('a', ''), flow('a', 'a'), flow('zz', 'a'), flow('c', 'a'), flow('a', 'b')], l, 100)
  expect(drawn.map((d) => d.flow.from + d.flow.to)).toEqual(['ac', 'ca', 'ab'])
  for (const d of drawn) expect(d.path).not.toContain('NaN')
})

test('arrow keys lead to the nearest node in that direction', () => {
  const l = layOut(map, 800)
  expect(neighbour(l, 'a', 'ArrowDown')).toBe('b')
  expect(neighbour(l, 'b', 'ArrowUp')).toBe('a')
  expect(neighbour(l, 'b', 'ArrowRight')).toBe('c')
  expect(neighbour(l, 'c', 'ArrowLeft')).toBe('b')
  expect(neighbour(l, 'a', 'ArrowUp')).toBeUndefined()
})
