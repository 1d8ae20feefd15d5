import { useState } from 'react'

import { applyTheme, isDark } from '@lib/theme'

export function ThemeButton(): React.JSX.Element {
  const [dark, setDark] = useState(isDark)
  const turn = (): void => {
    applyTheme(dark ? 'light' : 'dark')
    setDark(!dark)
  }
  return (
    <button type="button" className="frame-button" onClick={turn} aria-label={dark ? 'Use the light theme' : 'Use the dark theme'}>
      <svg viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.500">
        <circle cx="8" cy="8" r="6" />
        <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
      </svg>
    </button>
  )
}
