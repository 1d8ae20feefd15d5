import type { SourceList } from '@api/types'

import { verdict } from './gathering'

const now = '2026-06-14T09:30:00Z'
const source = (name: string, last: string | null, accepted: number, rejected: number, gaps: unknown[] = []): unknown => ({ name, kind: 'server', figures: { last_seen: last, gaps, day: { accepted, rejected } } })
const list = (...sources: unknown[]): SourceList => ({ sources, strangers: { calls: 0, last: null }, since: now }) as unknown as SourceList

describe('whether everything is arriving', () => {
  it('says that nothing has come yet', () => {
    expect(verdict(list(source('Shop', null, 0, 0)), now)).toMatch(/^Nothing has arrived yet/)
  })
  it('says yes when something comes and nothing is refused', () => {
    expect(verdict(list(source('Shop', '2026-06-14T09:29:48Z', 120, 0), source('Bills', null, 0, 0)), now)).toBe('Yes: 120\u00a0events from 1\u00a0source in the last 24 hours, the latest 12\u00a0seconds ago, and none was rejected.')
  })
  it('names what is refused, and who is silent', () => {
    expect(verdict(list(source('Shop', '2026-06-14T09:20:00Z', 120, 2), source('Bills', '2026-06-10T09:00:00Z', 0, 0)), now)).toBe('Not everything: 120\u00a0events from 1\u00a0source in the last 24 hours, the latest 10\u00a0minutes ago, but 2 were rejected and nothing came from Bills.')
  })
  it('says whose events stopped before a day has passed', () => {
    expect(verdict(list(source('Shop', '2026-06-14T09:20:00Z', 120, 0), source('Tills', '2026-06-14T03:20:00Z', 40, 0, [{}])), now)).toMatch(/but Tills may have been cut off\.$/)
  })
  it('says no when all are silent', () => {
    expect(verdict(list(source('Shop', '2026-06-10T09:30:00Z', 0, 0)), now)).toBe('No: nothing has come in the last 24 hours, the latest 4\u00a0days ago.')
  })
})
