import { scopeOf, scopeParams, within } from './scope'

test('a scope is what the address says, as far as it makes sense', () => {
  expect(scopeOf({ days: '30', segment: 'regulars', at: 'home' })).toEqual({ days: '30', segment: 'regulars' })
  expect(scopeOf({ days: '-3', from: 'yesterday', state: '' })).toEqual({})
  expect(scopeOf({ days: '30', from: '2026-03-01', to: '2026-03-31' })).toEqual({ from: '2026-03-01', to: '2026-03-31' })
  expect(scopeParams({ from: '2026-03-01', segment: 'a b' })).toBe('?from=2026-03-01&segment=a+b')
  expect(scopeParams({})).toBe('')
})

test('a door opens the people of the page’s group, and in its period where that bounds them', () => {
  const scope = { days: '30', segment: 'regulars' }
  expect(within({ touchpoint: 'home' }, scope)).toEqual({ touchpoint: 'home', days: '30', segment: 'regulars' })
  expect(within({ stage: 'loyal' }, scope)).toEqual({ stage: 'loyal', segment: 'regulars' })
  expect(within({}, scope)).toEqual(scope)
  expect(within({ segment: 'others' }, scope)).toEqual({ segment: 'others' })
  expect(within({ touchpoint: 'home' }, {})).toEqual({ touchpoint: 'home' })
})
