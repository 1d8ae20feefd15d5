import { readError } from './client'

test('the error form of Rapport gives message and field', () => {
  const e = readError(422, '{"error":{"message":"live: want disarmed","field":"live","kind":"invalid"}}')
  expect([e.status, e.detail, e.field]).toEqual([422, 'live: want disarmed', 'live'])
})

test('problem details give title, detail and the reasons under it', () => {
  const e = readError(400, '{"title":"Bad Request","detail":"validation failed","errors":[{"message":"limit too large"}]}')
  expect([e.title, e.detail]).toEqual(['Bad Request', 'validation failed: limit too large'])
})

test('anything else is shown as it came, with its status', () => {
  const e = readError(502, '<html>bad gateway</html>')
  expect(e.title).toBe('The server answered 502')
  expect(e.detail).toContain('bad gateway')
})
