import { aboutAt, keysAt, valuesAt } from './schema'
import type { Schema } from './schema'

const feature: Schema = { properties: { id: { description: 'What rules call it.' }, as: { enum: ['money', 'number'] }, count: { anyOf: [{ items: {}, type: 'array' }, { type: 'string' }] } }, required: ['id'] }
const root: Schema = {
  $defs: { feature },
  properties: { features: { anyOf: [{ type: 'array', items: { $ref: '#/$defs/feature' } }, { $ref: '#/$defs/feature' }], description: 'What is computed.' }, live: { type: 'boolean' } },
}

test('keys of what a list holds, what is required first, without what is there', () => {
  expect(keysAt(root, ['features', null], []).map((o) => o.label)).toEqual(['id', 'as', 'count'])
  expect(keysAt(root, ['features', null], ['id']).map((o) => o.label)).toEqual(['as', 'count'])
  expect(keysAt(root, ['features', null], [])[0]).toEqual({ label: 'id', about: 'What rules call it.', required: true })
})

test('a single thing stands for a list of it', () => {
  expect(keysAt(root, ['features'], []).map((o) => o.label)).toEqual(['id', 'as', 'count'])
})

test('values where only some can be, and none where any can', () => {
  expect(valuesAt(root, ['features', null, 'as'])).toEqual(['money', 'number'])
  expect(valuesAt(root, ['live'])).toEqual(['true', 'false'])
  expect(valuesAt(root, ['features', null, 'id'])).toEqual([])
  expect(keysAt(root, ['nothing', 'there'], [])).toEqual([])
})

test('what a path is for', () => {
  expect(aboutAt(root, ['features'])).toBe('What is computed.')
})
