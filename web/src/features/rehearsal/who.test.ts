import { describe, expect, it } from 'vitest'

import { read, written } from './who'

describe('whom of a rehearsal an address lists', () => {
  it('is read as it was written', () => {
    for (const who of [{ truth: 2 }, { truth: 2, state: 0 }, { bin: 11 }, { truth: 1, state: 3, bin: 0 }]) expect(read(written(who))).toEqual(who)
  })
  it('is nobody where the address says nothing that can be read', () => {
    for (const text of [undefined, '', 'x', 't', 's1t2', 't-1']) expect(read(text)).toBeUndefined()
  })
})
