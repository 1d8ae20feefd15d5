import { useState } from 'react'

import type { Draft } from '@lib/draft'
import { keepDraft, keptDraft } from '@lib/draft'

/** A text that is being written, kept while the tab is open. */
export function useDraft(): [Draft | null, (draft: Draft | null) => void] {
  const [draft, setDraft] = useState(keptDraft)
  return [
    draft,
    (next) => {
      setDraft(next)
      keepDraft(next)
    },
  ]
}
