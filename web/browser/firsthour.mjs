/**
 * The first hour, as somebody lives it who has just got Rapport: a cold start of
 * the real program, the password that it prints, a template, events by the
 * command that the page shows, a person found, a segment counted against SQL, a
 * goal, a rehearsal, going live for oneself, the mail, a kill and a restart.
 *
 * RAPPORT_BINARY is the program, by default ../bin/rapport.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { browserPath, launch } from './browser.mjs'
import { readLetter } from './letter.mjs'
import { mailbox } from './mailbox.mjs'

const binary = process.env.RAPPORT_BINARY ?? fileURLToPath(new URL('../../bin/rapport', import.meta.url))
const missing = !browserPath() ? 'no Chromium' : !existsSync(binary) ? `no ${binary}; make build makes it` : ''
if (missing) {
  console.log(`The first hour was skipped: there is ${missing}.`)
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const PATIENCE = 60_000
const data = mkdtempSync(join(tmpdir(), 'rapport-first-hour-'))
const box = await mailbox()
const browser = await launch()
const port = await freePort()
const origin = `http://127.0.0.1:${port}`
let server

/** Starts the program, and returns what it prints once it answers. */
async function start() {
  server = spawn(binary, ['serve', '--data', join(data, 'data'), '--listen', `127.0.0.1:${port}`, '--smtp', box.address, '--smtp-tls', 'none', '--log', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  await new Promise((ready, gone) => {
    const timer = setTimeout(() => gone(new Error(`the server did not start:\n${said}`)), PATIENCE)
    server.once('exit', (code) => gone(new Error(`the server ended with ${code}:\n${said}`)))
    server.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('Rapport is at')) {
        clearTimeout(timer)
        ready()
      }
    })
  })
  return said
}

/** Ends it as a loss of power would. */
async function kill() {
  const gone = new Promise((done) => server.once('exit', done))
  server.kill('SIGKILL')
  await gone
}

async function freePort() {
  const s = createServer()
  await new Promise((done) => s.listen(0, '127.0.0.1', done))
  const { port } = s.address()
  await new Promise((done) => s.close(done))
  return port
}

function must(condition, words) {
  if (!condition) throw new Error(words)
}

/** Where it is about noon now, so that quiet hours are far. */
function noon() {
  const ahead = 12 - new Date().getUTCHours()
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
}

/** People who agree to be written to, the first half of whom have ordered twice. */
const customers = (n, domain, orders) =>
  Array.from({ length: n }, (_, i) => `${domain}-${i}`).flatMap((id, i) => [
    { type: 'identify', userId: id, traits: { email: `${id}@${domain}.example`, timezone: noon(), consent: { email: true } } },
    ...Array.from({ length: orders(i) }, (_, k) => ({ type: 'track', userId: id, event: 'Order Completed', messageId: `${id}-${k}`, properties: { revenue: 20, order_id: `${id}-${k}` } })),
  ])

async function send(key, batch) {
  const answer = await fetch(`${origin}/v1/batch`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa(`${key}:`)}` }, body: JSON.stringify({ batch }) })
  must(answer.ok, `the batch was answered with ${answer.status}`)
}

async function hour(page) {
  const step = (name) => console.log(`ok ${name}`)
  const first = await start()
  const token = /Admin token\s+(\S+)/.exec(first)?.[1] ?? ''
  must(token !== '', `the first start prints the admin token, not:\n${first}`)

  await page.goto(origin)
  await page.getByLabel('Admin token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Begin' }).click()
  await page.waitForURL(/\/start/)
  step('cold start, signed in with what was printed, led from the empty loop')

  await page.getByRole('button', { name: 'Keep it: A shop' }).click()
  await page.getByRole('button', { name: 'Make a write key' }).click()
  const command = page.getByRole('region', { name: 'the command' })
  const key = /-u (\S+):/.exec(await command.innerText())?.[1] ?? ''
  await page.getByText('Waiting for the first event').waitFor()
  await promisify(execFile)('sh', ['-c', await command.innerText()])
  await page.getByText('Here they are').waitFor()
  step('a template, a write key, the first event by the command on the page, seen to arrive')

  await send(key, customers(20, 'crowd', (i) => (i < 8 ? 2 : 1)))
  await page.getByRole('button', { name: 'See the map fill' }).click()
  await page.locator('.start-stages .door').first().waitFor()
  step('the map fills')

  await page.goto(`${origin}/people`)
  await page.locator('#people-search').fill('ada')
  await page.locator('.person-name').first().click()
  await page.locator('.event').first().waitFor()
  step('a person found, with their event')

  await segment(page)
  step('a segment made, counted and agreed with by SQL')

  await page.goto(`${origin}/start?step=goal`)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Our own second order')
  await page.getByLabel('People in').selectOption('try')
  await page.getByLabel('should come to').selectOption('use')
  await page.getByRole('button', { name: 'Make it a goal' }).click()
  await page.getByRole('button', { name: 'Rehearse', exact: true }).click()
  await page.waitForURL(/\/rehearsal\?id=/)
  await page.waitForFunction(() => /Day ([2-9]|\d\d)/i.test(document.querySelector('main')?.textContent ?? ''))
  step('a goal made, and rehearsed')

  await page.goto(`${origin}/start?step=live`)
  await page.getByLabel('Your e-mail address').fill('*@me.example')
  await page.getByRole('button', { name: 'Go live for me only' }).click()
  await page.getByText('Only *@me.example can be sent to.').waitFor()
  await send(key, customers(12, 'me', () => 1))
  const mail = await box.first(PATIENCE)
  must(mail.to.every((a) => a.endsWith('@me.example')), `a letter left for ${mail.to}`)
  must(/^Subject: \S/m.test(mail.text), 'the mail has a subject')
  await readLetter(browser, mail)
  await page.locator('.start-step', { hasText: 'Get the first letter' }).getByText('were sent something').or(page.getByText('was sent something')).first().waitFor()
  step('gone live for oneself, and the mail is there')

  await kill()
  const again = await start()
  must(!again.includes('Admin token '), 'the password is printed once')
  await page.goto(`${origin}/people`)
  const field = page.getByLabel('Admin token')
  // A restart ends the session, which the console learns with its first answer.
  await field.or(page.locator('.chip').first()).first().waitFor()
  if (await field.isVisible()) {
    await field.fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await page.locator('#people-search').fill('ada')
  await page.locator('.person-name').first().waitFor()
  step('killed, started again, and everybody is there')

  await page.goto(`${origin}/goals`)
  await page.getByRole('link', { name: 'Our own second order', exact: true }).click()
  await page.waitForFunction(() => /Not enough evidence yet/.test(document.querySelector('main .answer')?.textContent ?? ''))
  step('the goal says that there is too little evidence')
  must(box.mails.every((m) => m.to.every((a) => a.endsWith('@me.example'))), 'nothing left for anybody else')
}

/** A segment of those who ordered twice: its count is that of a question in SQL. */
async function segment(page) {
  await page.goto(`${origin}/segment-rule`)
  await page.getByLabel('Rule').fill('did("Order Completed", 2, days(30))')
  await page.getByLabel('Name of the segment').fill('Came twice')
  const save = page.getByRole('button', { name: 'Bring into force' })
  await save.click()
  await page.waitForURL(/\/segments\/came-twice/)
  await page.waitForFunction(() => /\b8\b/.test(document.querySelector('main .answer')?.textContent ?? ''))
  const sql = "select count(*) as n from (select person_id from events where name = 'Order Completed' group by person_id having count(*) >= 2)"
  await page.goto(`${origin}/questions?sql=${encodeURIComponent(sql)}`)
  const answer = page.locator('.result-line').first()
  await answer.waitFor()
  // The archive takes events up a moment after they count.
  for (const end = Date.now() + PATIENCE; (await answer.innerText()).trim() !== '8'; ) {
    must(Date.now() < end, `SQL counts ${(await answer.innerText()).trim()} where the segment counts 8`)
    await Promise.all([page.waitForResponse(/questions\/run/), page.getByRole('button', { name: 'Ask', exact: true }).click()])
  }
}

let failed
const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' })
const page = await context.newPage()
page.setDefaultTimeout(PATIENCE)
page.on('pageerror', (e) => (failed ??= e))
try {
  await hour(page)
} catch (error) {
  failed = error
  console.error(`FAULT ${page.url()}: ${error.message}\n${(await page.locator('main').innerText().catch(() => '')).slice(0, 1500)}`)
}
await browser.close()
if (server && server.exitCode === null && server.signalCode === null) await kill()
box.close()
rmSync(data, { recursive: true, force: true })
console.log(failed ? `The first hour ended badly: ${failed.message}` : 'The first hour was lived without a fault.')
process.exit(failed ? 1 : 0)
