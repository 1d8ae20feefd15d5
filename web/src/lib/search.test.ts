import { describe, expect, it } from 'vitest'

import { parseSearch, stringifySearch } from './search'

describe('what an address says', () => {
  it('keeps text and whole numbers, so that a day and a person are in the address', () => {
    expect(stringifySearch({ id: 'a1', day: 30, person: 0, who: 't2s0' })).toBe('?id=a1&day=30&person=0&who=t2s0')
    expect(parseSearch('?id=a1&day=30&person=0')).toEqual({ id: 'a1', day: '30', person: '0' })
  })
  it('leaves out what says nothing', () => {
    expect(stringifySearch({ id: '', day: undefined, person: Number.NaN })).toBe('')
  })
})
