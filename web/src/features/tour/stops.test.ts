import { expect, it } from 'vitest'

import { stopOf, stops } from './stops'

it('goes on where it was left, and nowhere else', () => {
  expect(stopOf('')).toBeUndefined()
  expect(stopOf('left')).toBeUndefined()
  expect(stopOf('0')).toBe(0)
  expect(stopOf(String(stops.length - 1))).toBe(stops.length - 1)
  expect(stopOf(String(stops.length))).toBeUndefined()
  expect(stopOf('-1')).toBeUndefined()
})
