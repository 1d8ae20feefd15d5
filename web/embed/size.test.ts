// @vitest-environment node
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const LIMIT = 20 * 1024

it('is at most 20 KiB when it crosses the wire, and one file that needs no other', async () => {
  const made = await build({ configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)), logLevel: 'silent', build: { write: false } })
  const files = [made].flat().flatMap((m) => ('output' in m ? m.output : []))
  expect(files).toHaveLength(1)
  const file = files[0]
  if (file?.type !== 'chunk') throw new Error('it is no script')
  expect(file.imports).toEqual([])
  expect(file.dynamicImports).toEqual([])
  expect(file.code).not.toMatch(/\beval\(|new Function\(|innerHTML|insertAdjacentHTML|document\.write/)
  expect(gzipSync(file.code).length).toBeLessThanOrEqual(LIMIT)
}, 60_000)
