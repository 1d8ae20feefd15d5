import { vi } from 'vitest'

import type { Entry } from './types'
import { Wire } from './wire'

/** A stream that a test plays. */
class Stream extends EventTarget {
  static all: Stream[] = []
  static readonly CLOSED = 2
  readyState = 1

  constructor(readonly url: string) {
    super()
    Stream.all.push(this)
  }

  close(): void {
    this.readyState = 2
  }

  say(name: string, data: unknown = {}): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}

type Call = { path: string; body: Record<string, string> }

function begin(answer: (call: Call) => [number, unknown]): { calls: Call[]; told: unknown[]; wire: Wire } {
  const calls: Call[] = []
  const told: unknown[] = []
  vi.stubGlobal('fetch', (url: string, init: { body: string }) => {
    const call = { path: new URL(url).pathname, body: JSON.parse(init.body) as Record<string, string> }
    calls.push(call)
    const [status, body] = answer(call)
    return status === 0 ? Promise.reject(new TypeError('no network')) : Promise.resolve(new Response(JSON.stringify(body), { status }))
  })
  const wire = new Wire({ writeKey: 'k' }, 'https://rapport.example', {
    entry: (e: Entry) => told.push(e.id),
    gone: (id) => told.push(`gone ${id}`),
    ready: () => told.push('ready'),
    state: (s) => told.push(s),
  })
  return { calls, told, wire }
}

const opened: [number, unknown] = [200, { session: 's1', entries: [{ id: 'e1' }] }]

beforeEach(() => {
  Stream.all = []
  localStorage.clear()
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('the line to the server', () => {
  it('tells what is there, and then what comes and goes', async () => {
    const { told, wire } = begin(() => opened)
    await wire.open()
    Stream.all[0]?.say('entry', { id: 'e2' })
    Stream.all[0]?.say('gone', 'e1')
    Stream.all[0]?.say('ready')
    expect(told).toEqual(['e1', 'ready', 'e2', 'gone e1', 'on'])
    expect(Stream.all[0]?.url).toBe('https://rapport.example/v1/web/stream?session=s1')
  })

  it('is somebody else where the id of the browser came to be a user’s', async () => {
    localStorage.setItem('ajs_anonymous_id', '"theirs"')
    const { calls, wire } = begin(({ body }) => (body.anonymousId === 'theirs' ? [401, { error: { message: 'is a known user', field: 'anonymousId' } }] : opened))
    await wire.open()
    expect(calls.map((c) => c.body.anonymousId)).toEqual(['theirs', expect.stringMatching(/^[0-9a-f]{32}$/)])
    await wire.open()
    expect(calls[2]?.body.anonymousId).toBe(calls[1]?.body.anonymousId)
  })

  it('gives up where it is refused, and says why', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue()
    const { calls, told, wire } = begin(() => [401, { error: { message: 'userHash is missing', field: 'userHash' } }])
    await wire.open()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(calls).toHaveLength(1)
    expect(told).toEqual(['none'])
    expect(said).toHaveBeenCalledWith('Rapport: userHash is missing')
  })

  it('comes back by itself, less and less often', async () => {
    let up = false
    const { calls, told, wire } = begin(() => (up ? opened : [0, {}]))
    await wire.open()
    await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000)
    expect(calls).toHaveLength(4)
    up = true
    await vi.advanceTimersByTimeAsync(8000)
    expect(told.slice(-2)).toEqual(['e1', 'ready'])
  })

  it('opens another session where one expired, and asks again', async () => {
    const { calls, wire } = begin(({ path, body }) => (path.endsWith('session') ? [200, { session: body.session ? '' : `s${calls.length}`, entries: [] }] : body.session === 's1' ? [401, {}] : [200, {}]))
    await wire.open()
    await wire.call('say', { text: 'hello', id: 'x' })
    expect(calls.map((c) => `${c.path.slice(8)} ${c.body.session ?? ''} ${c.body.id ?? ''}`.trim())).toEqual(['session', 'say s1 x', 'session', 'say s3 x'])
  })

  it('rests where nobody looks for a while, and goes on when somebody does', async () => {
    const { calls, wire } = begin(() => opened)
    await wire.open()
    wire.attend(false)
    await vi.advanceTimersByTimeAsync(10_000)
    wire.attend(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(Stream.all[0]?.readyState).toBe(1)
    wire.attend(false)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(Stream.all[0]?.readyState).toBe(2)
    wire.attend(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(Stream.all).toHaveLength(2)
    expect(calls).toHaveLength(2)
  })
})
