import { withFacet } from './facet'

test('taking a goal away takes away what only means something with it', () => {
  expect(withFacet({ goal: 'g', arm: 'treated', outcome: 'sent', stage: 'use' }, 'goal', '')).toEqual({ stage: 'use' })
})

test('another goal keeps the question asked of it', () => {
  expect(withFacet({ goal: 'g', arm: 'treated' }, 'goal', 'h')).toEqual({ goal: 'h', arm: 'treated' })
})

test('a facet that is emptied leaves no trace in the address', () => {
  expect(Object.keys(withFacet({ query: 'ada' }, 'query', ''))).toEqual([])
})
