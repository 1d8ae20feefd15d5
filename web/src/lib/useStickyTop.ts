import { useLayoutEffect } from 'react'
import type { RefObject } from 'react'

/** Pixels: the bar at the top of every page, and the space kept to the bottom of the window. */
const BAR = 72
const FOOT = 24

/**
 * Lets a sticky column that is taller than the window scroll until its end is
 * seen, and stay there; a shorter one stays below the bar.
 */
export function useStickyTop(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current
    if (!element || typeof ResizeObserver === 'undefined') return undefined
    const place = (): void => {
      element.style.top = `${Math.min(BAR, innerHeight - element.offsetHeight - FOOT)}px`
    }
    place()
    const observer = new ResizeObserver(place)
    observer.observe(element)
    window.addEventListener('resize', place)
    return () => {
      observer.disconnect()
      window.removeEventListener('resize', place)
    }
  }, [ref])
}
