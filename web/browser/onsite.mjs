/**
 * The script that companies put into their pages, in a browser, on a page whose policy is strict, from the real
 * program: a place in the page filled, a message that arrives, is seen and acted on, a conversation in the chat, a
 * server that is killed under it, and a user whose hash is wrong. Barriers are looked for throughout (axe).
 *
 * RAPPORT_BINARY is the program, by default ../bin/rapport. SHOTS names a folder for pictures of it.
 */
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { browserPath, launch } from './browser.mjs'

const binary = process.env.RAPPORT_BINARY ?? fileURLToPath(new URL('../../bin/rapport', import.meta.url))
const missing = !browserPath() ? 'no Chromium' : !existsSync(binary) ? `no ${binary}; make build makes it` : ''
if (missing) {
  console.log(`The script for pages was not tried: there is ${missing}.`)
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const PATIENCE = 60_000
const KEY = 'onsite-write-key'
const TOKEN = 'onsite-admin-token'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'rapport-onsite-'))
const faults = []
let server

function must(condition, words) {
  if (!condition) throw new Error(words)
}

async function listen(handler) {
  const s = createServer(handler)
  await new Promise((done) => s.listen(0, '127.0.0.1', done))
  return { at: `http://127.0.0.1:${s.address().port}`, port: s.address().port, close: () => (s.closeAllConnections(), new Promise((done) => s.close(done))) }
}

const free = await listen(() => {})
await free.close()
const rapport = `http://127.0.0.1:${free.port}`

// The page has a policy under which nothing runs or is styled but by files of its own, and no text becomes HTML.
const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src ${rapport}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
let visitor = {}
const files = {
  '/favicon.ico': () => '',
  '/': () => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/shop.css"><script src="/rapport.js" defer></script><script src="/shop.js" defer></script></head>
<body><main><h1>A shop</h1><section data-rapport-slot="hero"><h2>New this week</h2></section><section data-rapport-slot="aside"><p>Opening hours</p></section>
<section data-rapport-card><p>No news</p></section></main></body></html>`,
  '/shop.css': () => ':root{color-scheme:light dark}body{margin:0 auto;max-width:40rem;padding:16px;font:16px/1.5 sans-serif}',
  '/shop.js': () => `addEventListener('securitypolicyviolation', (e) => console.error('POLICY ' + e.violatedDirective + ' ' + e.sample)); Rapport.load(${JSON.stringify({ writeKey: KEY, host: rapport, within: '5s', ...visitor })})`,
  '/rapport.js': async () => (await fetch(`${rapport}/v1/web/rapport.js`)).text(),
}
const shop = await listen(async (request, response) => {
  const file = files[request.url]
  const type = { '.css': 'text/css', '.js': 'text/javascript' }[/\.\w+$/.exec(request.url)?.[0]] ?? 'text/html'
  response.writeHead(file ? 200 : 404, { 'Content-Type': type, 'Content-Security-Policy': policy })
  response.end(file ? await file() : '')
})

const definitions = `
workspace: {name: Shop, currency: EUR, time_zone: UTC}
features: [{id: orders, count: Order Completed}]
map:
  stages: [{id: look, name: Look}, {id: use, name: Use, when: orders > 0}, {id: again, name: Again, when: orders > 1}]
slots: [{id: hero}, {id: aside}]
policy: {consent: opt_out, holdout: 0%}
channels:
  - {id: web, providers: [{id: site, kind: web, settings: {origins: "${shop.at}"}}]}
goals:
  - id: first
    name: First
    from: [look]
    to: [use]
    kpi: {name: Revenue, events: [Order Completed]}
    horizon: 30d
    holdout: 0%
    actions:
      - {id: guide, name: Guide, kind: education, messages: [{id: guide, channels: [hero], appeal: logos, headline: "How to choose, {{ first_name }}", body: Three questions., next_step: {label: Choose with us, conversation: choose}}]}
  - id: again
    name: Again
    from: [use]
    to: [again]
    kpi: {name: Revenue, events: [Order Completed]}
    horizon: 30d
    holdout: 0%
    actions:
      - id: plan
        name: A better plan
        kind: offer
        messages:
          - {id: plan, channel: web, appeal: logos, headline: "A better plan, {{ first_name }}", body: "It costs **less**, and [more](https://shop.example/more).", next_step: {label: Change my plan, conversation: change-plan}}
conversations:
  - id: choose
    name: Choose
    about: choosing
    begin: {words: [help me choose]}
    steps: [{id: size, ask: How many are you?, for: number}, {say: "Then take the {% if answers.size > 2 %}large{% else %}small{% endif %} one."}, {end: chosen}]
  - id: change-plan
    name: Change my plan
    about: changing your plan
    begin: {words: [change my plan]}
    steps:
      - id: plan
        ask: Which plan would you like?
        options: [{id: small, label: Small plan}, {id: large, label: Large plan}]
      - {id: why, ask: "May we know why?"}
      - say: "Done. Your {{ answers.plan }} plan begins today."
      - end: changed
`
mkdirSync(join(folder, 'definitions'))
writeFileSync(join(folder, 'definitions', 'shop.yaml'), definitions)

async function start() {
  server = spawn(binary, ['serve', '--data', join(folder, 'data'), '--listen', `127.0.0.1:${free.port}`, '--definitions', join(folder, 'definitions'), '--log', 'error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, RAPPORT_WRITE_KEY: KEY, RAPPORT_ADMIN_TOKEN: TOKEN },
  })
  for (const end = Date.now() + PATIENCE; ; await new Promise((done) => setTimeout(done, 100))) {
    if ((await fetch(`${rapport}/readyz`).catch(() => undefined))?.ok) return
    must(server.exitCode === null && Date.now() < end, 'the server did not start')
  }
}

/** Ends it as a loss of power would. */
async function kill() {
  const gone = new Promise((done) => server.once('exit', done))
  server.kill('SIGKILL')
  await gone
}

async function call(method, path, body) {
  const authorization = path.startsWith('/v1/') ? `Basic ${btoa(`${KEY}:`)}` : `Bearer ${TOKEN}`
  const answer = await fetch(rapport + path, { method, headers: { 'Content-Type': 'application/json', Authorization: authorization }, body: body && JSON.stringify(body) })
  must(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.status === 204 ? undefined : answer.json()
}

/** The page's own controls and those in the script's shadow roots are both found by role. */
const bell = (page) => page.getByRole('button', { name: /Open messages/ })

async function check(page, name) {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'))
  // A policy that lets nothing else run still lets the debugger.
  await page.evaluate(axe)
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of result.violations) {
    if (v.impact === 'serious' || v.impact === 'critical') faults.push(`${name}: ${v.impact}: ${v.help}\n    ${v.nodes.map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`).join('\n    ')}`)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wide > 0) faults.push(`${name}: ${wide} pixels wider than the window`)
  if (process.env.SHOTS) {
    mkdirSync(process.env.SHOTS, { recursive: true })
    await page.screenshot({ path: join(process.env.SHOTS, `${name.replace(/\W+/g, '-')}.png`) })
  }
  console.log(`ok ${name}`)
}

async function timeline(user) {
  const { people } = await call('GET', `/api/v1/people?identity=user_id:${user}`)
  return JSON.stringify(await call('GET', `/api/v1/people/${people[0].id}/timeline?limit=200`))
}

async function until(what, words) {
  for (const end = Date.now() + PATIENCE; !(await what()); await new Promise((done) => setTimeout(done, 100))) must(Date.now() < end, words)
}

async function open(browser, label, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  page.on('pageerror', (e) => faults.push(`${label}: ${e.message}`))
  page.on('console', (m) => m.type() === 'error' && !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(m.text()) && faults.push(`${label}: ${m.text()}`))
  await page.goto(shop.at)
  return page
}

async function visit(browser, label, options) {
  const user = `ada-${label.replace(/\W+/g, '-')}`
  const at = (name) => `${label}: ${name}`
  const { identity_key: key } = await call('GET', '/api/v1/settings')
  visitor = { userId: user, userHash: createHmac('sha256', key).update(user).digest('hex') }
  await call('POST', '/v1/identify', { userId: user, traits: { first_name: 'Ada' } })
  const page = await open(browser, label, options)

  // A place in the page.
  await page.getByRole('heading', { name: 'How to choose, Ada' }).waitFor()
  must(!(await page.getByRole('heading', { name: 'New this week' }).isVisible()), 'what was chosen stands in the place of what was there')
  must(await page.getByText('Opening hours').isVisible(), 'where nothing was chosen, what is there stays')
  await until(async () => (await timeline(user)).includes('"served":true'), 'that it was seen is not written down')
  await bell(page).waitFor()
  await check(page, at('a slot filled, and nothing in the inbox'))

  // Its next step begins a conversation.
  const drawer = page.getByRole('dialog', { name: 'Messages' })
  const log = drawer.getByRole('log')
  await page.getByRole('button', { name: 'Choose with us' }).click()
  await log.getByText('How many are you?').waitFor()
  await drawer.getByLabel('Write a message').fill('4')
  await page.keyboard.press('Enter')
  await log.getByText('Then take the large one.').waitFor()
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })

  // A message arrives while the page is open.
  await call('POST', '/v1/track', { userId: user, event: 'Order Completed', messageId: `m-${user}` })
  await page.getByRole('button', { name: 'Open messages, 1 unread' }).or(page.locator('[data-rapport-card]').getByRole('heading', { name: 'A better plan, Ada' })).first().waitFor()
  const card = page.locator('[data-rapport-card]')
  await card.getByRole('heading', { name: 'A better plan, Ada' }).waitFor()
  await page.getByRole('status').getByText('New message: A better plan, Ada').waitFor({ state: 'attached' })
  await check(page, at('a card in the page'))
  await card.scrollIntoViewIfNeeded()
  await until(async () => (await timeline(user)).includes('"outcome":"opened"'), 'that the card was seen is not written down')

  // The inbox, by keyboard.
  await bell(page).focus()
  await page.keyboard.press('Enter')
  await drawer.waitFor()
  await page.waitForFunction(() => document.querySelector('[data-rapport]')?.shadowRoot?.activeElement?.closest('dialog') != null)
  await drawer.getByRole('tab', { name: 'Chat' }).press('ArrowLeft')
  await drawer.getByRole('heading', { name: 'A better plan, Ada' }).waitFor()
  await check(page, at('the inbox'))
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })
  await page.waitForFunction(() => document.querySelector('[data-rapport]')?.shadowRoot?.activeElement?.classList.contains('bell'))
  await page.keyboard.press('Enter')
  await drawer.getByRole('tab', { name: 'Messages' }).click()
  await drawer.getByRole('button', { name: 'Change my plan' }).press('Enter')

  // The conversation that it begins.
  await log.getByText('Which plan would you like?').waitFor()
  await check(page, at('a question in the chat'))
  await log.getByRole('button', { name: 'Large plan' }).click()
  await log.getByText('May we know why?').waitFor()
  must((await log.getByRole('button', { name: 'Large plan' }).count()) === 0, 'what was answered is not offered again')

  // The server is lost and comes back; what was written meanwhile is sent when it is asked for.
  await kill()
  await drawer.getByLabel('Write a message').fill('We are more by now')
  await page.keyboard.press('Enter')
  await log.getByText('Not sent.').waitFor()
  await check(page, at('what could not be sent'))
  await start()
  await log.getByRole('button', { name: 'Try again' }).click()
  await log.getByText('Done. Your large plan begins today.').waitFor()
  must((await log.getByText('We are more by now').count()) === 1, 'what was said twice is there once')
  await check(page, at('a conversation held'))
  const said = await timeline(user)
  for (const fact of ['"begins":"change-plan"', '"choice":"large"', '"text":"We are more by now"', '"outcome":"changed"']) must(said.includes(fact), `the timeline does not have ${fact}`)

  // Put away, and the page comes again: it is as it was left.
  await drawer.getByRole('tab', { name: 'Messages' }).click()
  await drawer.getByRole('button', { name: 'Put away: A better plan, Ada' }).click()
  await drawer.getByText('Nothing here yet.').waitFor()
  await until(async () => (await timeline(user)).includes('"detail":"dismissed"'), 'that it was put away is not written down')
  await page.reload()
  await page.getByRole('button', { name: 'Open messages', exact: true }).click()
  await drawer.getByText('Done. Your large plan begins today.').waitFor()
  must(await page.getByText('No news').isVisible(), 'what was put away is in no card')
  await page.context().close()
}

/** A page that says who is there and cannot prove it shows nothing of theirs. */
async function impostor(browser) {
  visitor = { userId: 'ada-wide-light', userHash: '0'.repeat(64) }
  const before = faults.length
  const page = await open(browser, 'impostor', {})
  await page.waitForEvent('console', { predicate: (m) => m.text().includes('userHash is not that of this userId') })
  must((await bell(page).count()) === 0, 'there is no inbox for who cannot prove who they are')
  must(await page.getByText('New this week').isVisible(), 'the page keeps what it has')
  faults.splice(before) // the browser's own words about the refusals
  await page.context().close()
  console.log('ok a wrong hash')
}

/** Whoever is nobody yet can talk too, and nobody else reads it. */
async function stranger(browser) {
  visitor = {}
  const page = await open(browser, 'stranger', {})
  await bell(page).click()
  await page.getByRole('tab', { name: 'Chat' }).click()
  await page.getByLabel('Write a message').fill('Change my plan')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('Which plan would you like?').waitFor()
  await page.context().close()
  const other = await open(browser, 'another stranger', {})
  await bell(other).click()
  await other.getByRole('tab', { name: 'Chat' }).click()
  await other.getByText('Ask us anything.').waitFor()
  await other.context().close()
  console.log('ok two strangers')
}

let failed
const browser = await launch()
try {
  await start()
  await call('PUT', '/api/v1/workspace/live', { live: 'everyone', allow: [] })
  for (const [goal, action] of [['first', 'guide'], ['again', 'plan']]) await call('POST', '/api/v1/levers', { kind: 'pin', on: 'action', goal, action, why: 'the test waits for it' })
  const script = await fetch(`${rapport}/v1/web/rapport.js`)
  must(script.headers.get('etag') && script.headers.get('cache-control')?.includes('max-age='), 'the script may be kept')
  const size = gzipSync(await script.text()).length
  must(size <= 20 * 1024, `the script has ${size} bytes; it may have 20480`)
  const again = await fetch(`${rapport}/v1/web/rapport.js`, { headers: { 'If-None-Match': script.headers.get('etag') } })
  must(again.status === 304, 'a browser that has it is told so')
  await visit(browser, 'wide, light', { colorScheme: 'light' })
  await visit(browser, 'narrow, dark', { colorScheme: 'dark', viewport: { width: 390, height: 780 }, reducedMotion: 'reduce' })
  await impostor(browser)
  await stranger(browser)
} catch (error) {
  failed = error
  const page = browser.contexts().at(-1)?.pages().at(-1)
  if (process.env.SHOTS && page) await page.screenshot({ path: join(process.env.SHOTS, 'fault.png') })
}
await browser.close()
if (server?.exitCode === null && server.signalCode === null) await kill()
await shop.close()
rmSync(folder, { recursive: true, force: true })
if (failed || faults.length) {
  console.error([...faults, failed?.stack].filter(Boolean).join('\n'))
  process.exit(1)
}
console.log('The script for pages works.')
