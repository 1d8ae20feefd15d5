import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

import { fixtures } from './dev/plugin'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/**
 * With RAPPORT_URL the development server passes the API on to a running
 * Rapport; without it, an invented shop answers.
 */
const target = process.env.RAPPORT_URL

export default defineConfig({
  plugins: [react(), ...(target ? [] : [fixtures()])],
  resolve: { alias: { '@api': at('src/api'), '@lib': at('src/lib'), '@ui': at('src/ui') } },
  server: { host: '127.0.0.1', proxy: target ? { '/api': target } : {} },
  preview: { host: '127.0.0.1' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: {
        manualChunks: { react: ['react', 'react-dom'], tanstack: ['@tanstack/react-router', '@tanstack/react-query'] },
      },
    },
  },
  test: {
    environment: 'jsdom',
    globals: true,
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'dev/**/*.test.ts', 'embed/**/*.test.ts'],
  },
})
