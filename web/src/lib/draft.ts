const KEY = 'rapport-draft'

/** A text of definitions that is being written, and the version that was in force when writing began. */
export interface Draft {
  text: string
  base: string
}

/** The text that is being written in this tab, if there is one. */
export function keptDraft(): Draft | null {
  try {
    const draft = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Draft | null
    return typeof draft?.text === 'string' && typeof draft.base === 'string' ? draft : null
  } catch {
    return null
  }
}

export function keepDraft(draft: Draft | null): void {
  if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft))
  else sessionStorage.removeItem(KEY)
}
