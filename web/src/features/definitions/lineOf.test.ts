import { lineOf } from './lineOf'

const yaml = `workspace: {name: Shop}
segments:
  - {id: a-b, when: orders > 0}
map:
  touchpoints:
    - {id: a, name: A}
    - id: a-b
      name: B
`

test('finds a key, and what has an id under it', () => {
  expect(lineOf(yaml, 'map')).toBe(4)
  expect(lineOf(yaml, 'segments/a-b')).toBe(3)
  expect(lineOf(yaml, 'touchpoints/a')).toBe(6)
  expect(lineOf(yaml, 'touchpoints/a-b')).toBe(7)
})

test('leads to the key where the id is not there, and nowhere without the key', () => {
  expect(lineOf(yaml, 'touchpoints/c')).toBe(5)
  expect(lineOf(yaml, 'goals/c')).toBe(0)
})
