// The whole loop against a real server: bin/rapport, or the binary of RAPPORT_BINARY.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as listen } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { ok, Rapport, RapportError } from '../dist/index.js'

const binary = process.env.RAPPORT_BINARY ?? fileURLToPath(new URL('../../../bin/rapport', import.meta.url))
const [writeKey, adminToken] = ['a-write-key', 'an-admin-token']

/** @type {import('node:child_process').ChildProcess} */
let server
/** @type {string} */
let folder
/** @type {Rapport} */
let rapport
/** @type {string} */
let url

const freePort = async () => {
  const socket = listen().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (socket.address())
  socket.close()
  await once(socket, 'close')
  return port
}

/**
 * Asks until there is an answer: what is sent is folded soon after.
 * @template T
 * @param {() => Promise<T | undefined>} ask
 * @returns {Promise<T>}
 */
const soon = async (ask) => {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('waited for half a minute')
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rapport-client-'))
  url = `http://127.0.0.1:${await freePort()}`
  server = spawn(binary, ['serve', '--data', join(folder, 'data'), '--listen', new URL(url).host], {
    env: { ...process.env, RAPPORT_WRITE_KEY: writeKey, RAPPORT_ADMIN_TOKEN: adminToken },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rapport = new Rapport({ url, writeKey, adminToken })
  await soon(async () => ((await fetch(`${url}/readyz`).catch(() => undefined))?.ok ? true : undefined))
})

after(async () => {
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  assert.equal(code, 0)
  await rm(folder, { recursive: true })
})

const find = (/** @type {string} */ identity) =>
  soon(async () => (await ok(rapport.api.GET('/api/v1/people', { params: { query: { identity } } }))).people[0])

test('what is sent is on the page of the person', async () => {
  await rapport.identify({ userId: 'ada', traits: { email: 'ada@example.com', first_name: 'Ada' } })
  await rapport.track({ userId: 'ada', event: 'Order Completed', messageId: 'order-1', properties: { revenue: 12.5 } })
  const found = await find('email:ada@example.com')
  const path = { id: found.id }
  const person = await soon(async () => {
    const person = await ok(rapport.api.GET('/api/v1/people/{id}', { params: { path } }))
    return person.value === 12_500_000 ? person : undefined
  })
  assert.equal(person.id, found.id)
  const { events } = await ok(rapport.api.GET('/api/v1/people/{id}/timeline', { params: { path } }))
  assert.ok(events.some((e) => e.event === 'Order Completed' && e.message_id === 'order-1'))
})

test('a batch says what was refused, and that waits in the dead letters', async () => {
  const answer = await rapport.batch([
    { type: 'page', userId: 'bob', name: 'Home' },
    { type: 'track', userId: 'bob' },
  ])
  assert.equal(answer.accepted, 1)
  assert.deepEqual(answer.rejected.map((r) => [r.index, r.field]), [[1, 'event']])
  const letter = await soon(async () => (await ok(rapport.api.GET('/api/v1/dead-letters'))).letters[0])
  assert.equal(letter.field, 'event')
  const replayed = await ok(
    rapport.api.POST('/api/v1/dead-letters/{id}/replay', {
      params: { path: { id: letter.id } },
      body: { body: JSON.stringify({ type: 'track', userId: 'bob', event: 'Mended' }) },
    }),
  )
  assert.equal(replayed.taken, true)
})

test('a segment lists its people', async () => {
  const { segments } = await ok(rapport.api.GET('/api/v1/segments'))
  const first = segments[0]
  assert.ok(first)
  const segment = await ok(rapport.api.GET('/api/v1/segments/{id}', { params: { path: { id: first.id } } }))
  assert.equal(segment.id, first.id)
})

test('the archive answers in SQL', async () => {
  await rapport.track({ userId: 'cleo', event: 'Asked For' })
  const row = await soon(async () => {
    const [row] = await rapport.sql("select count(*) as n, min(user_id) as who from events where name = 'Asked For'").catch((cause) => {
      if (cause instanceof RapportError && cause.status === 429) return [] // it opens when the fold has caught up
      throw cause
    })
    return row && Number(row.n) > 0 ? row : undefined
  })
  assert.equal(Number(row.n), 1)
})

test('what arrives is seen as it arrives, until the loop is left', async () => {
  const seen = (async () => {
    for await (const event of rapport.watch({ event: 'Watched', backlog: 0 })) return event
  })()
  const sending = setInterval(() => void rapport.track({ userId: 'dora', event: 'Watched' }), 100)
  const event = await seen
  clearInterval(sending)
  assert.equal(event?.name, 'Watched')
  assert.equal(event?.outcome, 'accepted')
})

test('a signal ends the watching', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 200)
  for await (const event of rapport.watch({ event: 'Never', backlog: 0 }, stop.signal)) assert.fail(event.id)
})

test('what is refused says what and where', async () => {
  await assert.rejects(rapport.track({ userId: 'x', event: '' }), (/** @type {RapportError} */ e) => e.status === 400 && e.field === 'event' && e.message !== '')
  await assert.rejects(new Rapport({ url, writeKey: 'wrong' }).identify({ userId: 'x' }), { status: 401 })
  await assert.rejects(ok(new Rapport({ url }).api.GET('/api/v1/map')), { name: 'RapportError', status: 401 })
  await assert.rejects(rapport.sql('select nothing'), { status: 422, field: 'sql' })
  await assert.rejects(new Rapport({ url: 'http://127.0.0.1:9', attempts: 1 }).identify({ userId: 'x' }), { status: 0 })
})

test('what the server puts off is asked again, with the same message id', async () => {
  /** @type {string[]} */
  const ids = []
  const busy = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      ids.push(JSON.parse(body).messageId)
      if (ids.length < 3) response.writeHead(429, { 'Retry-After': '0' }).end('{}')
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"success":true}')
    })
  }).listen(0, '127.0.0.1')
  await once(busy, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (busy.address())
  await new Rapport({ url: `http://127.0.0.1:${port}`, writeKey }).track({ userId: 'x', event: 'E' })
  assert.equal(ids.length, 3)
  assert.equal(new Set(ids).size, 1)
  busy.closeAllConnections()
  busy.close()
})
