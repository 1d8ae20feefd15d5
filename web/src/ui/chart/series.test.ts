import { spread } from './series'

test('words that stand apart stay where they are', () => {
  expect(spread([10, 50, 90], 14, 0, 100)).toEqual([10, 50, 90])
})

test('words on one another are moved apart, within the picture', () => {
  const moved = spread([98, 97, 99], 14, 0, 100)
  expect(moved).toEqual([86, 72, 100])
  expect(Math.max(...moved)).toBeLessThanOrEqual(100)
})
