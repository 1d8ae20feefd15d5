/**
 * Walks the console as a person would: from the map through a number to the
 * people behind it, to one person, to a decision explained, to a goal. On every
 * page it looks for errors in the browser's console and for barriers (axe).
 *
 * RAPPORT_URL is a running Rapport, RAPPORT_ADMIN_TOKEN its token; without them
 * the built console is served with an invented shop.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { browserPath, launch } from './browser.mjs'
import { serve } from './server.mjs'

if (!browserPath()) {
  console.log('No Chromium on this machine: the browser test was skipped. Install it, or set CHROMIUM to its path.')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const server = await serve()
const browser = await launch()
const faults = []
let page

/** Signs in where that is asked for. */
async function open(path) {
  await page.goto(server.url + path)
  const field = page.getByLabel('Admin token')
  // The chip says who may be sent to, so it is there once the workspace is known.
  await field.or(page.locator('.chip').first()).first().waitFor()
  if (!(await field.isVisible())) return
  await field.fill(process.env.RAPPORT_ADMIN_TOKEN ?? 'letmein')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.chip').first().waitFor()
}

async function check(name) {
  // The policy of the page refuses scripts from elsewhere, so this one is evaluated.
  await page.evaluate(axe)
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  for (const v of result.violations) {
    if (v.impact === 'serious' || v.impact === 'critical') faults.push(`${name}: ${v.impact}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`).join('\n    ')}`)
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (wide > 0) faults.push(`${name}: ${wide} pixels wider than the window`)
  console.log(`ok ${name}`)
}

function must(condition, words) {
  if (!condition) throw new Error(words)
}

async function walk(label) {
  const at = (name) => `${label}: ${name}`

  await open('/')
  await page.waitForURL(/\/loop$/)
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await page.locator('.ribbon-words li').first().waitFor()
  await check(at('loop'))

  await open('/map')
  const answer = page.locator('main .answer').first()
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  must((await answer.textContent()).trim().endsWith('.'), 'the map answers its question in a sentence')
  await check(at('map'))

  const door = page.locator('main .door[href*="who."]').first()
  await door.click()
  const panel = page.getByRole('dialog')
  await panel.locator('.person-name').first().waitFor()
  must(page.url().includes('who.'), 'the address says whose panel is open')
  await check(at('people behind a number'))
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement?.classList.contains('door'))
  must(!page.url().includes('who.'), 'Escape shuts the panel, and the address says so')

  if (server.invented) {
    await open('/map')
    await page.getByRole('link', { name: 'Give it a place: Video Played' }).click()
    must(page.url().includes('place='), 'the address says which event is given a place')
    await page.getByRole('dialog').getByLabel('Channel').fill('app')
    await page.getByRole('dialog').getByText(/^1 thing differs\./).waitFor()
    await check(at('a place for an event'))
    await page.getByRole('button', { name: 'Put it on the map' }).click()
    await page.getByText('is on the map, in version', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('It is as it was before.').waitFor()

    await open('/map?at=cart&change=cart')
    const change = page.getByRole('dialog')
    await change.getByLabel('Name').fill('The basket')
    await change.getByText(/^1 thing differs\./).waitFor()
    await check(at('a touchpoint that is changed'))
    await change.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('“The basket” is changed, in version', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('It is as it was before.').waitFor()
  }

  await open('/segments')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('segments'))
  // Only what the definitions of a running Rapport have can be opened.
  const segment = page.locator('.segment-name').first()
  if (await segment.count()) {
    await segment.click()
    await page.locator('#rule').waitFor()
    await page.locator('#members').waitFor()
    await check(at('segment'))
  }

  await open('/questions')
  const ready = page.locator('.ask-kept a').first()
  await ready.waitFor()
  await ready.click()
  await page.locator('.result-line').or(page.locator('.ask-error')).first().waitFor()
  must(page.url().includes('sql='), 'the address says what is asked')
  if (server.invented) {
    await page.locator('.drawing .chart-row').first().waitFor()
    await page.getByLabel('Shown as').selectOption('table')
    await page.waitForURL(/chart=table/)
    await page.locator('.drawing').waitFor({ state: 'detached' })
    await page.getByLabel('Shown as').selectOption('bar')
    await page.locator('.drawing .chart-row').first().waitFor()
  }
  await check(at('questions'))
  await page.getByLabel('Question in SQL').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText('SELEC nothing')
  await page.keyboard.press('Control+Enter')
  await page.locator('.ask-error').waitFor()
  await check(at('a question that cannot be answered'))

  await open('/accounts')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('accounts'))
  const account = page.locator('.account-name').first()
  if (await account.count()) {
    await account.click()
    await page.locator('.account-person').first().waitFor()
    await check(at('account'))
  }

  await gathering(at)
  await defining(at)

  await open('/settings')
  await page.locator('.findings li').first().waitFor()
  await check(at('settings'))
  if (server.invented) {
    await page.getByLabel('Selector of the DKIM key').fill('s1')
    await page.keyboard.press('Enter')
    await page.waitForURL(/selector=s1/)
    await page.getByText('A key of 2048 bits is published.').waitFor()
    await page.getByRole('button', { name: 'Take off: ada@example.com' }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Take off: ada@example.com' }).waitFor()
  }
  for (const step of ['template', 'events', 'goal', 'message']) {
    await open(`/start?step=${step}`)
    await page.locator('.start-step[aria-current="step"] form, .start-step[aria-current="step"] .button').first().waitFor()
    await check(at(`first hour: ${step}`))
  }
  for (const [name, path, there] of [
    ['states', '/states', 'h2#models'],
    ['decisions', '/decisions', '.list-door, .state'],
    ['what works', '/effects', '.heat, .state'],
    ['what works by state', '/effects?by=state', '.heat, .state'],
    ['levers', '/levers', '#pull'],
  ]) {
    await open(path)
    await page.locator(there).first().waitFor()
    await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
    await check(at(name))
  }
  if (server.invented) {
    await open('/states')
    await page.locator('.flows-ribbon').first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    must(page.url().includes('who.state_before'), 'a ribbon opens its people')
    await open('/states/2')
    await page.getByText('On people and time that it had not seen').waitFor()
    await check(at('a model'))
    await open('/decisions')
    await page.locator('.list-door').nth(1).click()
    await page.getByRole('heading', { name: 'What stood for each' }).waitFor()
    await check(at('a decision'))
  }
  await open('/design')
  await page.locator('#states').waitFor()
  await check(at('design'))

  await open('/goals')
  await page.locator('.goal-name').first().waitFor()
  await check(at('goals'))
  await page.locator('.goal-name').first().click()
  await page.locator('#arms').waitFor()
  await check(at('goal'))
  const goal = new URL(page.url()).pathname

  await open('/journeys')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('journeys'))
  const journey = page.locator('.journey-name').first()
  if (await journey.count()) {
    await journey.click()
    await page.locator('.flow-step').first().waitFor()
    await check(at('journey'))
    const came = page.locator('.flow-step .door').first()
    if (await came.count()) {
      await came.click()
      await page.getByRole('dialog').locator('.person-name').first().waitFor()
      must(page.url().includes('who.journey='), 'the address says of which journey')
      await page.keyboard.press('Escape')
    }
  }
  await experimenting(at)
  await open(goal)

  const decided = page.locator('.recent a').first()
  if (await decided.count()) {
    await decided.click()
  } else {
    await open('/people')
    await page.locator('.person-name').first().click()
  }
  await page.locator('#timeline').waitFor()
  await page.locator('.event').first().waitFor()
  await check(at('person'))

  const decision = page.getByRole('button', { name: /^Why this/ }).first()
  if (await decision.count()) {
    await decision.click()
    await page.locator('.event-detail .candidates tbody tr').first().waitFor()
    must(/silence/i.test(await page.locator('.event-detail .candidates').first().innerText()), 'silence is among the candidates')
    await check(at('a decision explained'))
  } else {
    console.log(`-- ${at('a decision explained')}: this person’s timeline holds no decision`)
    if (server.invented) faults.push('the invented person has no decision')
  }

  await open('/people')
  await page.locator('.person-name').first().waitFor()
  await check(at('people'))
  await open(goal)
}

/** Which way is better: the verdict, the people behind an arm, and what ends it. */
async function experimenting(at) {
  await open('/experiments')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('experiments'))
  const name = page.locator('.trial-name').first()
  if (!(await name.count())) {
    if (server.invented) faults.push('the invented shop has no experiment')
    return
  }
  await name.click()
  await page.locator('#arms').waitFor()
  await check(at('experiment'))
  const door = page.locator('main table .door[href*="who.experiment"]').first()
  if (await door.count()) {
    await door.click()
    const panel = page.getByRole('dialog')
    await panel.locator('.person-name').first().waitFor()
    must(page.url().includes('who.arm='), 'the address says which arm the people are of')
    await check(at('the people of an arm'))
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
  }
  if (!server.invented) return
  await page.getByRole('button', { name: 'Show as table' }).first().click()
  await page.locator('.figure-table').first().waitFor()
  await check(at('an experiment as a table'))
  await page.getByRole('button', { name: 'Declare the winner' }).click()
  await page.getByText('is the winner: everybody is met by it', { exact: false }).waitFor()
  await page.getByText('was declared the winner', { exact: false }).first().waitFor()
  await check(at('an experiment that was won'))
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('heading', { name: 'End it' }).waitFor()
}

/** Where events come from, what arrives, and what was refused. */
async function gathering(at) {
  await open('/sources')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('sources'))
  const names = page.locator('.source-name a')
  if (await names.count()) {
    await names.first().click()
    await page.locator('#keys').waitFor()
    await check(at('source'))
  }
  if (server.invented) await cutOff(at)
  if (server.invented) await webhook(at)

  await open('/live')
  await page.getByText(/^Listening/).first().waitFor()
  if (server.invented) await page.locator('.arrival').first().waitFor()
  await check(at('live events'))
  const arrival = page.locator('.arrival-name').first()
  if (await arrival.count()) {
    await arrival.click()
    await page.locator('.arrival-detail').first().waitFor()
    await check(at('an event as it arrived'))
  }

  await open('/dead-letters')
  await page.waitForFunction(() => (document.querySelector('main .answer')?.textContent ?? '').trim().length > 10)
  await check(at('dead letters'))
  const letter = page.locator('.letter-row').first()
  if (await letter.count()) {
    await letter.click()
    await page.getByRole('dialog').locator('.letter-open').waitFor()
    must(page.url().includes('letter='), 'the address says which letter is open')
    await check(at('a dead letter'))
    await page.keyboard.press('Escape')
  }
}

/** A source that fell silent is asked about; what is said of it can be taken back. */
async function cutOff(at) {
  await open('/sources/till')
  const asked = page.getByRole('group', { name: 'It may have been cut off' })
  await asked.getByText('Was it cut off?', { exact: false }).waitFor()
  await check(at('a source that may have been cut off'))
  await asked.getByRole('button', { name: 'Only some acts' }).click()
  await page.getByRole('checkbox', { name: 'Order' }).check()
  await check(at('an outage of some acts'))
  await page.getByRole('button', { name: 'Note it' }).click()
  await page.getByText(/^Since .*, until further notice, of Order$/).waitFor()
  await asked.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo', exact: true }).click()
  await asked.getByRole('button', { name: 'Yes, it was not connected' }).waitFor()
}

/** The definitions: read, broken, mended, applied, taken back. */
async function defining(at) {
  await open('/definitions')
  const text = page.getByLabel('Definitions', { exact: true })
  await text.waitFor()
  await check(at('definitions'))
  // Only the invented shop's definitions are changed by a test.
  if (!server.invented) return
  await text.focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.insertText('mapp: 3\n')
  await page.getByText('Your text cannot be applied yet', { exact: false }).waitFor()
  await page.getByRole('button', { name: /unknown key "mapp"/ }).click()
  must(await page.getByRole('button', { name: 'Apply' }).isDisabled(), 'what is wrong cannot be applied')
  await check(at('definitions with a problem'))
  await text.focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText('segments:\n  - {id: newcomers, when: orders == 0}\n')
  await page.getByText(/^Your text can be applied\./).waitFor()
  await page.getByRole('button', { name: 'Show what differs' }).click()
  await page.locator('.definitions-frame .cm-insertedLine, .definitions-frame .cm-changedLine').first().waitFor()
  await check(at('definitions that differ'))
  await page.getByLabel(/^Why/).fill('A walk through the console')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText(/^Version \d+ is in force\./).first().waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.versions li').filter({ hasText: 'Undo of version' }).first().waitFor()
  await page.locator('.versions a').nth(2).click()
  await page.locator('#back').waitFor()
  must(page.url().includes('version='), 'the address says which version is shown')
  await check(at('an old version'))
}

/** A webhook: renamed and back, its map tried, its signature changed. */
async function webhook(at) {
  await open('/sources/billing')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Name of the source').fill('Stripe, Europe')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Undo renaming' }).click()
  await page.getByRole('button', { name: 'Undo renaming' }).waitFor({ state: 'detached' })
  must((await page.locator('h1').textContent()).includes('Stripe:'), 'a source that was renamed has its name again after undo')
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByText(/event would come of it/).waitFor()
  await page.getByLabel(/A body to try it on/).fill('{"customer": ')
  await page.getByRole('button', { name: 'Try it' }).click()
  await page.getByRole('alert').getByText(/not JSON/).waitFor()
  await page.getByRole('radio', { name: /^Standard Webhooks/ }).click()
  await page.getByLabel(/^Secret/).fill('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  await page.getByRole('button', { name: 'Use this', exact: true }).click()
  await page.getByText('From now on calls are known by this.').waitFor()
  await check(at('webhook'))
}

/** What only a keyboard does. */
async function keys() {
  await open('/map')
  const unmet = page.getByRole('link', { name: /^Show [\d,]+ not met yet$/ })
  await page.locator('.map-label').first().waitFor()
  if (await unmet.count()) {
    const before = await page.locator('.map-label').count()
    await unmet.click()
    await page.getByRole('link', { name: /^Hide [\d,]+ not met yet$/ }).waitFor()
    must(page.url().includes('unmet=show'), 'the address says that touchpoints nobody has met are drawn')
    must((await page.locator('.map-label').count()) > before, 'touchpoints nobody has met are drawn when asked for')
    await check('map with what nobody has met')
  } else if (server.invented) {
    faults.push('the invented shop has no touchpoint that nobody has met')
  }
  await open('/map')
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await page.waitForURL(/\/goals$/)
  await page.keyboard.press('/')
  await page.waitForURL(/\/people$/)
  await page.waitForFunction(() => document.activeElement?.id === 'people-search')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByPlaceholder(/A page, a person/).waitFor()
  await check('palette')
  await page.keyboard.press('Escape')
  await open('/map')
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('Do anything').waitFor()
  await check('keys')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'More pages' }).click()
  await page.getByRole('menuitem', { name: /^Sources/ }).waitFor()
  await check('more pages')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Change who may be sent to/ }).click()
  await page.getByRole('dialog').getByRole('radio').first().waitFor()
  await check('going live')
  await page.keyboard.press('Escape')
  await open('/map')
  const first = page.locator('.map-name[tabindex="0"]')
  await first.focus()
  const before = await page.evaluate(() => document.activeElement?.id)
  await page.keyboard.press('ArrowRight')
  must(before !== (await page.evaluate(() => document.activeElement?.id)), 'the right arrow moves along the map')
  console.log('ok keyboard')
}

try {
  for (const [width, height] of [[1280, 860], [390, 844]]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
      page = await context.newPage()
      page.setDefaultTimeout(20_000)
      page.on('pageerror', (e) => faults.push(`error on the page: ${e}`))
      // Being asked to sign in is no fault, nor is a question that cannot be answered; the browser logs the 401 all the same.
      page.on('console', (m) => m.type() === 'error' && !/status of (401|422)/.test(m.text()) && faults.push(`console: ${m.text()} ${m.location().url}`))
      if (server.invented && width === 390) await context.addCookies([{ name: 'fixture', value: 'signedout', url: server.url }])
      await walk(`${width} ${colorScheme}`)
      if (width === 1280 && colorScheme === 'light') await keys()
      await context.close()
    }
  }
} catch (error) {
  faults.push(`${page?.url()}: ${error.message}`)
}
await browser.close()
await server.close()
for (const fault of new Set(faults)) console.error(`FAULT ${fault}`)
console.log(faults.length === 0 ? 'The console was walked without a fault.' : `${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
