import type { SourceKind } from '@api/types'

/** What each kind of source is, for whoever chooses one. */
export const sourceKinds: Record<SourceKind, { name: string; words: string }> = {
  server: { name: 'Server', words: 'Your own code calls the API. Its write key is kept secret.' },
  browser: { name: 'Browser or app', words: 'A page or an app calls the API. Its write key can be seen by anybody, and does no more than write.' },
  webhook: { name: 'Webhook', words: 'Another service posts what it has, and a map says what its fields mean.' },
  import: { name: 'Import', words: 'History from files, brought in with rapport import.' },
  pull: { name: 'Pull', words: 'Rapport reads tables of a database on its own.' },
}
