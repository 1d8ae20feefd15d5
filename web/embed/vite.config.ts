import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Builds the script that companies put into their pages: one file, with nothing to fetch besides. */
export default defineConfig({
  root: here,
  publicDir: false,
  build: {
    target: ['chrome111', 'safari16.4', 'firefox115'],
    outDir: '../dist/embed',
    emptyOutDir: true,
    lib: { entry: `${here}rapport.ts`, formats: ['iife'], name: 'RapportScript', fileName: () => 'rapport.js' },
  },
})
