import type { LifecycleMap, Touchpoint } from '@api/types'

import { namesOf, sightOf } from './unmet'

const touch = (id: string, people: number): Touchpoint => ({ id, name: id, people }) as Touchpoint
const map = { people: 9, touchpoints: [touch('a', 9), touch('b', 0), touch('c', 0)] } as LifecycleMap
const drawn = (m: LifecycleMap): string[] => m.touchpoints.map((t) => t.id)

test('touchpoints that nobody has met are left out until they are asked for', () => {
  const quiet = sightOf(map, false, undefined)
  expect(drawn(quiet.map)).toEqual(['a'])
  expect([quiet.unmet, quiet.hidden.length]).toEqual([2, 2])
  const all = sightOf(map, true, undefined)
  expect(drawn(all.map)).toEqual(['a', 'b', 'c'])
  expect([all.unmet, all.hidden.length]).toEqual([2, 0])
})

test('the one that is looked at stays, and an empty map is drawn whole', () => {
  expect(drawn(sightOf(map, false, 'c').map)).toEqual(['a', 'c'])
  expect(sightOf({ ...map, people: 0 }, false, undefined)).toMatchObject({ unmet: 0, hidden: [] })
})

test('a long list of names is cut short', () => {
  expect(namesOf([touch('a', 0), touch('b', 0)])).toBe('a, b')
  expect(namesOf([...'abcdefgh'].map((id) => touch(id, 0)))).toBe('a, b, c, d, e and 3 more')
  expect(namesOf([...'abcdef'].map((id) => touch(id, 0)))).toBe('a, b, c, d, e, f')
})
