import { useState } from 'react'

const KEY = 'rapport-draft'

interface Draft {
  text: string
  /** The version that was in force when writing began. */
  base: string
}

function kept(): Draft | null {
  try {
    const draft = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Draft | null
    return typeof draft?.text === 'string' && typeof draft.base === 'string' ? draft : null
  } catch {
    return null
  }
}

/** A text that is being written, kept while the tab is open. */
export function useDraft(): [Draft | null, (draft: Draft | null) => void] {
  const [draft, setDraft] = useState(kept)
  return [
    draft,
    (next) => {
      setDraft(next)
      if (next) sessionStorage.setItem(KEY, JSON.stringify(next))
      else sessionStorage.removeItem(KEY)
    },
  ]
}
