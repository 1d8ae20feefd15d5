import { idFor } from '@lib/idFor'

import { nameFor, withTouchpoint } from './place'
import type { Draft } from './place'

const draft: Draft = { id: 'video-played', name: 'Video Played', stage: 'try', channel: 'web', direction: 'inbound', event: 'Video Played', window_days: 30 }
const row = '- {id: video-played, name: Video Played, stage: try, channel: web, direction: inbound, events: [Video Played], window: 30d}'

const yaml = `workspace: {name: Shop}
map:
  stages:
    - {id: try}
  touchpoints:
    # Try
    - {id: cart, stage: try, channel: web}
    - id: order
      stage: try
      events:
        - Order Completed

    # Use
    - {id: help, stage: use, channel: chat}

goals: []
`

test('a line is added after the last of its stage, and all else stays', () => {
  const got = withTouchpoint(yaml, draft)
  expect(got).toBe(yaml.replace('        - Order Completed\n', `        - Order Completed\n    ${row}\n`))
})

test('a stage that has none yet gets it at the end of the list', () => {
  const got = withTouchpoint(yaml, { ...draft, stage: 'lapse' })
  expect(got).toBe(yaml.replace('channel: chat}\n', `channel: chat}\n    ${row.replace('stage: try', 'stage: lapse')}\n`))
})

test('a list that is not set in stays so', () => {
  expect(withTouchpoint('map:\n  touchpoints:\n  - {id: a, stage: try}\ngoals: []\n', draft)).toBe(`map:\n  touchpoints:\n  - {id: a, stage: try}\n  ${row}\ngoals: []\n`)
})

test('names are quoted where YAML would read something else', () => {
  expect(withTouchpoint(yaml, { ...draft, name: 'Watched: "a, b"', event: 'page:Home' })).toContain('name: "Watched: \\"a, b\\"", stage: try, channel: web, direction: inbound, events: ["page:Home"]')
  expect(withTouchpoint(yaml, { ...draft, name: 'No' })).toContain('name: "No"')
})

test('where there is no list there is no guess', () => {
  expect(withTouchpoint('workspace: {}\n', draft)).toBeNull()
  expect(withTouchpoint('map: {touchpoints: [{id: a}]}\n', draft)).toBeNull()
})

test('ids are as the definitions have them, and not taken', () => {
  expect(idFor('Video Played', [])).toBe('video-played')
  expect(idFor('page:Store Locator', [])).toBe('page-store-locator')
  expect(idFor('Video Played', ['video-played', 'video-played-2'])).toBe('video-played-3')
  expect(idFor('مركز', [])).toBe('touchpoint')
  expect(idFor('3D view', [])).toBe('d-view')
})

test('names leave out what kind of call it is', () => {
  expect(nameFor('page:Store Locator')).toBe('Store Locator')
  expect(nameFor('checkout_step_viewed')).toBe('checkout step viewed')
})
