import { describe, expect, it } from 'vitest'

import { withGoal } from './goal'

const draft = { name: 'A second order', from: 'try', to: 'use', days: 30, event: 'Order Completed', subject: 'Is it "right"?', body: 'Hello,\n\nall well?', label: 'Ask', url: 'https://shop.example/help' }

describe('a goal of one’s own', () => {
  it('comes before the others, and leaves them as they are written', () => {
    const yaml = 'goals:\n  - id: a-second-order\n    name: B\n\npolicy: {}\n'
    const out = withGoal(yaml, draft) ?? ''
    expect(out.startsWith('goals:\n  - id: a-second-order-2\n    name: "A second order"\n')).toBe(true)
    expect(out.endsWith('  - id: a-second-order\n    name: B\n\npolicy: {}\n')).toBe(true)
    expect(out).toContain('subject: "Is it \\"right\\"?"')
  })

  it('makes the list where there is none', () => {
    expect(withGoal('workspace:\n  name: X\n', draft)).toContain('\ngoals:\n  - id: a-second-order\n')
  })

  it('does not touch a list that is written on one line', () => {
    expect(withGoal('goals: [{id: x}]\n', draft)).toBeNull()
  })
})
