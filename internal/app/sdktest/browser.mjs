// Opens a page in Chromium, waits until its calls are answered, and leaves it for
// another. The browser stays open until standard input ends.
import { chromium } from 'playwright-core'

const [executablePath, first, then, calls] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
try {
  // As a person has it: what says that it is headless is a robot, and of nobody.
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
  const page = await browser.newPage({ userAgent })
  page.on('console', (message) => console.log(message.type(), message.text()))
  page.on('pageerror', (err) => console.log('error', err.message))
  page.on('requestfailed', (request) => console.log('failed', request.url(), request.failure()?.errorText))
  let answered = 0
  const all = new Promise((resolve) => {
    page.on('response', (response) => {
      if (response.request().method() === 'POST' && response.ok() && ++answered === Number(calls)) resolve()
    })
  })
  await page.goto(first)
  await all
  await page.goto(then)
  for await (const _ of process.stdin);
} finally {
  await browser.close()
}
