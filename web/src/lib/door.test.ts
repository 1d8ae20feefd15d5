import { doorOf, doorSearch, filterOf } from './door'
import { parseSearch, stringifySearch } from './search'

test('a door’s address says exactly which people it shows, and reads back the same', () => {
  const address = stringifySearch(doorSearch({ touchpoint: 'cart', continued: 'no' }))
  expect(address).toBe('?who.touchpoint=cart&who.continued=no')
  expect(doorOf(parseSearch(address))).toEqual({ touchpoint: 'cart', continued: 'no' })
})

test('opening a door shuts the one before', () => {
  const search = { ...parseSearch('?who.stage=use&at=cart'), ...doorSearch({ goal: 'g' }) }
  expect(stringifySearch(search)).toBe('?at=cart&who.goal=g')
})

test('without people the panel is shut', () => {
  expect(doorOf({ at: 'cart' })).toBeNull()
  expect(filterOf({ stage: 'use', colour: 'red', query: '' })).toEqual({ stage: 'use' })
})
