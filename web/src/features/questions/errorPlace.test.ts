import { placeOf } from './errorPlace'

test('the line and the column under which the caret stands', () => {
  expect(placeOf('Parser Error: syntax error at or near "SELEC"\n\nLINE 1: SELEC kind FROM events\n        ^')).toEqual({ line: 1, column: 1 })
  expect(placeOf('Binder Error: column "knd"\n\nLINE 3: GROUP BY knd\n                 ^')).toEqual({ line: 3, column: 10 })
})

test('the beginning where nothing is pointed at', () => {
  expect(placeOf('Out of Memory Error')).toEqual({ line: 1, column: 1 })
  expect(placeOf('x\n\nLINE 2: ...long line\n             ^')).toEqual({ line: 2, column: 1 })
})
