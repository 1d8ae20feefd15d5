import { eventsOf, withChanged, withoutTouchpoint } from './change'
import type { Touch } from './change'

const yaml = `# of a shop
workspace: {name: Shop}
map:
  stages: [{id: try}, {id: use}]
  touchpoints:
    # Try
    - {id: cart, stage: try, channel: web, events: ["page:Cart", Cart Viewed]} # the basket
    - id: order
      stage: try # at once
      channel: web
      events:
        - Order Completed
        - Order Paid
      where: 'properties.total > 0'

    # Use
    - {id: help, stage: use, channel: chat, window: 30d}
goals: []
`

const cart: Touch = { name: 'Cart', stage: 'try', channel: 'web', direction: 'inbound', events: ['page:Cart', 'Cart Viewed'], window: 30 }
const order: Touch = { name: 'Order', stage: 'try', channel: 'web', direction: 'inbound', events: ['Order Completed', 'Order Paid'], window: 90 }

test('only what differs is written anew, where it stands', () => {
  expect(withChanged(yaml, 'cart', cart, { ...cart, stage: 'use' })).toBe(yaml.replace('{id: cart, stage: try', '{id: cart, stage: use'))
  expect(withChanged(yaml, 'help', { ...cart, window: 30 }, { ...cart, window: 14 })).toBe(yaml.replace('window: 30d', 'window: 14d'))
  expect(withChanged(yaml, 'order', order, { ...order, stage: 'use', channel: 'app' })).toBe(yaml.replace('stage: try # at once\n      channel: web', 'stage: use # at once\n      channel: app'))
  expect(withChanged(yaml, 'cart', cart, cart)).toBe(yaml)
})

test('what was not said is added behind the rest', () => {
  expect(withChanged(yaml, 'cart', cart, { ...cart, name: 'The basket: "mine"', window: 7 })).toBe(
    yaml.replace('Cart Viewed]}', 'Cart Viewed], name: "The basket: \\"mine\\"", window: 7d}'),
  )
  expect(withChanged(yaml, 'order', order, { ...order, direction: 'outbound' })).toBe(yaml.replace("total > 0'\n", "total > 0'\n      direction: outbound\n"))
})

test('events are told, and written as a list', () => {
  expect(eventsOf(yaml, 'cart')).toEqual(['page:Cart', 'Cart Viewed'])
  expect(eventsOf(yaml, 'order')).toEqual(['Order Completed', 'Order Paid'])
  expect(eventsOf(yaml, 'help')).toBeNull()
  expect(withChanged(yaml, 'cart', cart, { ...cart, events: ['Cart Viewed'] })).toBe(yaml.replace('["page:Cart", Cart Viewed]', '[Cart Viewed]'))
  expect(withChanged(yaml, 'order', order, { ...order, events: [...order.events, 'Bill: paid'] })).toBe(yaml.replace('- Order Paid\n', '- Order Paid\n        - "Bill: paid"\n'))
  expect(withChanged(yaml, 'order', order, { ...order, events: ['Order Completed'] })).toBe(yaml.replace('        - Order Paid\n', ''))
})

test('one that is taken off goes with its lines, and nothing else does', () => {
  expect(withoutTouchpoint(yaml, 'cart')).toBe(yaml.replace('    - {id: cart, stage: try, channel: web, events: ["page:Cart", Cart Viewed]} # the basket\n', ''))
  expect(withoutTouchpoint(yaml, 'order')).toBe(yaml.replace(/ {4}- id: order[^]*total > 0'\n/, ''))
  expect(withoutTouchpoint(yaml, 'help')).toBe(yaml.replace(/ {4}- \{id: help.*\n/, ''))
})

test('where it cannot be found there is no guess', () => {
  expect(withChanged(yaml, 'other', cart, order)).toBeNull()
  expect(withoutTouchpoint('map: {touchpoints: [{id: a}]}\n', 'a')).toBeNull()
  expect(withChanged('map: [', 'a', cart, order)).toBeNull()
})
