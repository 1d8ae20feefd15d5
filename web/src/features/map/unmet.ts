import type { LifecycleMap, Touchpoint } from '@api/types'

export interface Sight {
  /** The map with the touchpoints that are drawn. */
  map: LifecycleMap
  /** How many touchpoints nobody has met yet; 0 while nobody has come at all. */
  unmet: number
  /** Those of them that are left out. */
  hidden: Touchpoint[]
}

/**
 * Leaves out the touchpoints that nobody has met yet, unless they are asked for
 * or there is nothing else. The one that is looked at always stays.
 */
export function sightOf(map: LifecycleMap, all: boolean, at: string | undefined): Sight {
  if (map.people === 0) return { map, unmet: 0, hidden: [] }
  const unmet = map.touchpoints.filter((t) => t.people === 0)
  const hidden = all ? [] : unmet.filter((t) => t.id !== at)
  return { map: hidden.length === 0 ? map : { ...map, touchpoints: map.touchpoints.filter((t) => !hidden.includes(t)) }, unmet: unmet.length, hidden }
}

const NAMES = 5

/** The first few names and how many more there are. */
export function namesOf(touchpoints: readonly Touchpoint[]): string {
  const shown = touchpoints.length > NAMES + 1 ? NAMES : touchpoints.length
  const more = touchpoints.length - shown
  return touchpoints.slice(0, shown).map((t) => t.name).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
