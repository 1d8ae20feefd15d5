import type { KeyboardEvent } from 'react'

/**
 * Moves focus among the elements that match `selector` inside the element the
 * key was pressed in: up and down, Home and End.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>, selector: string): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }
  const step = steps[event.key]
  if (step === undefined) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)]
  const at = items.findIndex((item) => item === document.activeElement)
  if (at < 0) return
  event.preventDefault()
  items[Math.max(0, Math.min(items.length - 1, at + step))]?.focus()
}
