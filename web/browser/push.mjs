/**
 * Notifications as Chromium shows them: what a push message holds is read from standard input, delivered by the
 * browser's debugging protocol to a page that has the service worker, and what is shown is written as JSON, with where
 * a press on it leads. PUSH_WORKER is the file of the worker.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

import { launch } from './browser.mjs'

const data = readFileSync(0, 'utf8')
const worker = readFileSync(process.env.PUSH_WORKER, 'utf8')
const server = createServer((request, response) => {
  const script = request.url === '/worker.js' ? `importScripts('/push.js')` : request.url === '/push.js' ? worker : undefined
  response.writeHead(200, { 'Content-Type': script === undefined ? 'text/html' : 'text/javascript' })
  response.end(script ?? '<!DOCTYPE html><title>A shop</title>')
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await launch()
try {
  const context = await browser.newContext()
  await context.grantPermissions(['notifications'], { origin })
  const page = await context.newPage()
  const protocol = await context.newCDPSession(page)
  const registered = new Promise((done) => protocol.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && done(registrations[0].registrationId)))
  await protocol.send('ServiceWorker.enable')
  await page.goto(origin)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js')
    await navigator.serviceWorker.ready
  })
  await protocol.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await registered, data })
  const shown = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
      const all = await registration.getNotifications()
      if (all.length) return all.map((n) => ({ title: n.title, body: n.body, lang: n.lang, dir: n.dir, icon: n.icon, actions: n.actions.map((a) => a.title) }))
    }
    return []
  })
  // A press, as the browser would tell the worker of it; only where a window would open is noted instead.
  const [inside] = context.serviceWorkers()
  const opened = await inside.evaluate(async () => {
    const [notification] = await self.registration.getNotifications()
    const opened = []
    self.clients.openWindow = async (url) => void opened.push(url)
    for (const action of ['', ...notification.actions.map((a) => a.action)]) self.dispatchEvent(new self.NotificationEvent('notificationclick', { notification, action }))
    return opened
  })
  process.stdout.write(JSON.stringify({ shown, opened }))
} finally {
  await browser.close()
  server.closeAllConnections()
  server.close()
}
