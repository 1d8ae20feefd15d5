export type Theme = 'system' | 'light' | 'dark'

const KEY = 'rapport-theme'

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Applies the kept theme, or keeps and applies a new one. */
export function applyTheme(next: Theme = theme()): void {
  if (next === 'system') {
    localStorage.removeItem(KEY)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(KEY, next)
    document.documentElement.dataset.theme = next
  }
}

/** What is seen now, whoever chose it. */
export const isDark = (): boolean => {
  const kept = theme()
  return kept === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : kept === 'dark'
}
