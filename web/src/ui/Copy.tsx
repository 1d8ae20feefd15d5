import { useEffect, useState } from 'react'

import { Button } from './Button'
import './Copy.css'

/** A text to be taken elsewhere, with the button that takes it. */
export function Copy({ text, what, lines = false }: { text: string; what: string; lines?: boolean }): React.JSX.Element {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <div className="copy">
      {lines ? (
        // Scrolls sideways, so it takes focus.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="mono copy-text" tabIndex={0} role="region" aria-label={what}>
          {text}
        </pre>
      ) : (
        <code className="copy-text">{text}</code>
      )}
      <Button aria-label={`Copy ${what}`} onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </Button>
    </div>
  )
}
