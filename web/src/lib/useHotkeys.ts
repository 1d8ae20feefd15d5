import { useEffect, useRef } from 'react'

/** How long after the first key of a sequence the second may come, in milliseconds. */
const SEQUENCE = 900

/**
 * Runs handlers for keys such as "/", "g m" (one after the other) and "mod+k"
 * (command or control). Keys typed into a field are left alone, but for mod+.
 */
export function useHotkeys(handlers: Record<string, () => void>): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    let first = ''
    let since = 0
    const onKey = (event: KeyboardEvent): void => {
      const mod = event.metaKey || event.ctrlKey
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
      if (event.altKey || event.defaultPrevented || (isField(event.composedPath()[0] ?? null) && !mod)) return
      const sequence = event.timeStamp - since < SEQUENCE ? `${first} ${key}` : ''
      const handler = latest.current[mod ? `mod+${key}` : sequence] ?? (mod ? undefined : latest.current[key])
      first = mod ? '' : key
      since = event.timeStamp
      if (!handler) return
      event.preventDefault()
      first = ''
      handler()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
