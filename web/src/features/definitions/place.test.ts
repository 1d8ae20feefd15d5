import { placeOf } from './place'

/** The place of the mark | in a text. */
function at(text: string): ReturnType<typeof placeOf> {
  const lines = text.split('\n')
  const line = lines.findIndex((l) => l.includes('|'))
  const column = lines[line]?.indexOf('|') ?? 0
  return placeOf(lines.map((l) => l.replace('|', '')), line, column)
}

const goal = 'goals:\n  - id: second\n    kpi:\n      events: Order Completed\n'

test('a key at the top, with what is there left out, above and below', () => {
  expect(at('workspace:\n  name: Shop\nma|\ngoals: []\n')).toEqual({ path: [], at: 'key', typed: 'ma', taken: ['workspace', 'goals'] })
})

test('a key of an item of a list, whether or not the list is set in', () => {
  expect(at(`${goal}    |`)).toMatchObject({ path: ['goals', null], at: 'key', taken: ['id', 'kpi'] })
  expect(at('segments:\n- id: a\n  wh|')).toMatchObject({ path: ['segments', null], at: 'key', typed: 'wh', taken: ['id'] })
  expect(at('segments:\n  - |')).toMatchObject({ path: ['segments', null], at: 'key', typed: '' })
})

test('a key further in, and one after it further out', () => {
  expect(at(`${goal}      prop|`)).toMatchObject({ path: ['goals', null, 'kpi'], typed: 'prop', taken: ['events'] })
  expect(at(`${goal}topics:\n  - id: a\npol|`)).toMatchObject({ path: [], taken: ['goals', 'topics'] })
})

test('a value', () => {
  expect(at('map:\n  stages:\n    - id: try\n  touchpoints:\n    - direction: in|')).toEqual({ path: ['map', 'touchpoints', null, 'direction'], at: 'value', typed: 'in', taken: [] })
})

test('within braces and brackets of a line', () => {
  expect(at('features:\n  - {id: orders, co|')).toEqual({ path: ['features', null], at: 'key', typed: 'co', taken: ['id'] })
  expect(at('features:\n  - {id: orders, as: mo|}')).toMatchObject({ path: ['features', null, 'as'], at: 'value', typed: 'mo' })
  expect(at('goals:\n  - id: a\n    kpi: {events: [Order, |')).toMatchObject({ path: ['goals', null, 'kpi', 'events', null], at: 'value' })
})

test('nowhere within text, comments and strings', () => {
  expect(at('goals:\n  - body: >-\n      some words\n      an|')).toBeNull()
  expect(at('a: 1 # wo|')).toBeNull()
  expect(at('features:\n  - {id: "or|')).toBeNull()
})

test('text that ends gives the place after it', () => {
  expect(at('goals:\n  - body: >-\n      key: value\n    na|')).toMatchObject({ path: ['goals', null], at: 'key', typed: 'na', taken: ['body'] })
})
