// Copies the official browser library of the tracking API, unchanged and with its
// licence, to where the server serves it from.
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const from = at('node_modules/@segment/analytics-next')
const to = at('dist/analytics')

mkdirSync(`${to}/bundles`, { recursive: true })
cpSync(`${from}/LICENSE.MD`, `${to}/LICENSE.MD`)
cpSync(`${from}/dist/umd/standalone.js`, `${to}/analytics.min.js`)
for (const name of readdirSync(`${from}/dist/umd`)) {
  if (/\.bundle\.[0-9a-f]+\.js$/.test(name)) cpSync(`${from}/dist/umd/${name}`, `${to}/bundles/${name}`)
}
