import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The console under test: a running Rapport at RAPPORT_URL, or else the built
 * console with the invented shop behind it.
 */
export async function serve() {
  if (process.env.RAPPORT_URL) return { url: process.env.RAPPORT_URL.replace(/\/$/, ''), invented: false, close: async () => {} }
  if (!existsSync(new URL('../dist/index.html', import.meta.url))) await build({ root, logLevel: 'warn' })
  const server = await preview({ root, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'warn' })
  return { url: `http://127.0.0.1:${server.httpServer.address().port}`, invented: true, close: () => server.close() }
}
