import { effortColor, effortScore, effortSentence } from './effort'
import { verdictOf } from './verdict'

test('the effort scale runs from our outreach to their own accord, with responses between', () => {
  expect(effortScore({ outreach: 5, response: 0, unprompted: 0 })).toBe(-1)
  expect(effortScore({ outreach: 0, response: 7, unprompted: 0 })).toBe(0)
  expect(effortScore({ outreach: 0, response: 0, unprompted: 2 })).toBe(1)
  expect(effortScore({ outreach: 0, response: 0, unprompted: 0 })).toBe(0)
  expect(effortColor(-1)).toContain('--outreach) 100%')
  expect(effortColor(0.5)).toContain('--unprompted) 50%')
})

test('effort is also said in words', () => {
  expect(effortSentence({ outreach: 1, response: 1, unprompted: 2 })).toBe('25\u00a0% outreach, 25\u00a0% response, 50\u00a0% unprompted')
  expect(effortSentence({ outreach: 0, response: 0, unprompted: 0 })).toBe('no interactions yet')
})

test('a verdict needs the whole interval on one side, and enough evidence', () => {
  const e = { value: 0.5, low: 0.45, high: 0.55, people: 100, enough: true }
  expect(verdictOf(e, 0.4)).toBe('more')
  expect(verdictOf(e, 0.5)).toBe('same')
  expect(verdictOf(e, 0.6)).toBe('less')
  expect(verdictOf({ ...e, enough: false }, 0.1)).toBe('unknown')
})
