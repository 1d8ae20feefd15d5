/**
 * Takes a picture of every page in both themes and at both widths, for people
 * to look at: node browser/shots.mjs FOLDER [NAME…]
 *
 * The invented shop has no messages, conversations, requests and rehearsals; of
 * a Rapport at RAPPORT_URL they are taken too.
 */
import { mkdirSync } from 'node:fs'

import { launch } from './browser.mjs'
import { serve } from './server.mjs'

const [folder = '/tmp/shots', ...only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const server = await serve()
const browser = await launch()

const ask = async (path) => (await fetch(`${server.url}/api/v1/${path}`)).json()
const goal = (await ask('goals')).goals[0]?.id
const at = (await ask('map')).touchpoints[5]?.id
const firm = (await ask('accounts')).accounts[0]?.id
const someone = await ask(`people?goal=${goal}&arm=treated&effort=outreach&limit=40`)
const id = someone.people?.sort((a, b) => b.events - a.events)[0]?.id
const pages = [
  ['loop', '/loop'],
  ['loop-empty', '/loop', { fixture: 'empty' }],
  ['loop-error', '/loop', { fixture: 'error' }],
  ['map', '/map'],
  ['map-at', `/map?at=${at}`],
  ['map-live-place', '/map?place=Video+Played'],
  ['map-table', '/map?view=table'],
  ['panel', `/map?who.touchpoint=${at}&who.continued=no`],
  ['people', '/people'],
  ['people-filter', `/people?touchpoint=${at}&continued=no`],
  ['person', `/people/${id}`],
  ['person-open', `/people/${id}`, { open: true }],
  ['segments', '/segments'],
  ['segments-computing', '/segments', { fixture: 'computing' }],
  ['segments-empty', '/segments', { fixture: 'empty' }],
  ['segments-error', '/segments', { fixture: 'error' }],
  ['segment', '/segments/regulars'],
  ['segment-panel', '/segments?who.segment=regulars'],
  ['people-segment', '/people?segment=regulars'],
  ['states', '/states'],
  ['states-empty', '/states', { fixture: 'empty' }],
  ['states-error', '/states', { fixture: 'error' }],
  ['model', '/states/2'],
  ['decisions', '/decisions'],
  ['decisions-empty', '/decisions', { fixture: 'empty' }],
  ['decision', '/decisions/1-100-1'],
  ['experiments', '/experiments'],
  ['experiments-empty', '/experiments', { fixture: 'empty' }],
  ['experiment', '/experiments/which-thanks'],
  ['experiment-two', '/experiments/who-decides'],
  ['experiment-planned', '/experiments/next-words'],
  ['effects', '/effects'],
  ['effects-refused', '/effects?policy=best&since=2026-01-01'],
  ['effects-empty', '/effects', { fixture: 'empty' }],
  ['levers', '/levers'],
  ['questions', '/questions'],
  ['questions-people', `/questions?sql=${encodeURIComponent('SELECT person, name, stage, value\nFROM people\nORDER BY value DESC')}&kept=people`],
  ['questions-bars', `/questions?sql=${encodeURIComponent('SELECT place, effort, count(*) AS visits\nFROM interactions\nGROUP BY ALL\nORDER BY visits DESC')}&kept=visits-by-place`],
  ['questions-lines', `/questions?sql=${encodeURIComponent("SELECT date_trunc('month', time) AS month, place, count(*) AS orders\nFROM events\nWHERE amount IS NOT NULL\nGROUP BY ALL\nORDER BY month")}&kept=orders-by-month`],
  ['questions-wrong', '/questions?sql=SELEC'],
  ['accounts', '/accounts'],
  ['account', `/accounts/${firm}`],
  ['definitions', '/definitions'],
  ['definitions-version', '/definitions?version=4'],
  ['settings', '/settings'],
  ['design', '/design'],
  ['sources', '/sources'],
  ['sources-empty', '/sources', { fixture: 'empty' }],
  ['source', '/sources/web'],
  ['webhook', '/sources/billing'],
  ['live-events', '/live'],
  ['live-events-empty', '/live', { fixture: 'empty' }],
  ['letters', '/dead-letters'],
  ['letters-empty', '/dead-letters', { fixture: 'empty' }],
  ['letter-panel', '/dead-letters?letter=dl_0003'],
  ['goals', '/goals'],
  ['goal', `/goals/${goal}`],
  ['goal-young', '/goals/review'],
  ['map-crowded', '/map?at=extra_7', { fixture: 'crowded' }],
  ['people-crowded', '/people', { fixture: 'crowded' }],
  ['map-empty', '/map', { fixture: 'empty' }],
  ['people-empty', '/people', { fixture: 'empty' }],
  ['goals-empty', '/goals', { fixture: 'empty' }],
  ['map-error', '/map', { fixture: 'error' }],
  ['person-error', `/people/${id}`, { fixture: 'error' }],
  ['map-slow', '/map', { fixture: 'slow' }],
  ['goal-slow', '/goals/second_order', { fixture: 'slow' }],
  ['signin', '/map', { fixture: 'signedout' }],
  ['live', '/map', { click: /Change who may be sent to/ }],
  ['palette', '/map', { keys: 'Control+k' }],
  ['keys', '/map', { keys: '?' }],
  ['journeys', '/journeys'],
  ['start', '/start'],
]
if (!server.invented) {
  const journey = (await ask('journeys')).journeys[0]?.id
  const message = (await ask('messages')).messages[0]?.key
  const conversation = (await ask('conversations')).conversations[0]?.id
  const request = (await ask('requests')).requests[0]?.id
  pages.push(
    ['journey', `/journeys/${journey}`],
    ['messages', '/messages'],
    ['message', `/message?key=${encodeURIComponent(message)}&person=${id}`],
    ['conversations', '/conversations'],
    ['conversation', `/conversations/${conversation}`],
    ['parity', '/parity'],
    ['inbox', '/inbox'],
    ['inbox-open', `/inbox?request=${request}`],
    ['rehearsal', '/rehearsal'],
    ['experiment-of-a-journey', '/experiments/does-a-call-pay'],
  )
}

for (const [width, height] of [[1280, 860], [390, 844]]) {
  for (const scheme of ['light', 'dark']) {
    for (const [name, path, { fixture = 'lively', click, keys, open } = {}] of pages) {
      if (only.length && !only.includes(name)) continue
      if (scheme === 'dark' && /error|slow|empty|table|filter|young/.test(name)) continue
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, ignoreHTTPSErrors: true })
      await context.addCookies([{ name: 'fixture', value: fixture, url: server.url }])
      const page = await context.newPage()
      page.on('pageerror', (e) => console.log(`${name}: ${e}`))
      page.on('console', (m) => m.type() === 'error' && console.log(`${name}: ${m.text()}`))
      await page.goto(server.url + path)
      await page.waitForTimeout(name.includes('error') ? 2500 : 900)
      if (click) await page.getByRole('button', { name: click }).click()
      if (keys) await page.keyboard.press(keys)
      if (open) for (const b of (await page.locator('.event-more').all()).slice(0, 4)) await b.click()
      if (click || keys || open) await page.waitForTimeout(500)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) console.log(`${name} at ${width}: ${wide} pixels too wide`)
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: !/panel|live|palette|people/.test(name) })
      await context.close()
    }
  }
}
await browser.close()
await server.close()
