import { FILTER_KEYS } from '@api/types'
import type { Filter } from '@api/types'

const PREFIX = 'who.'

/** The search parameters that open the panel on these people; those of another panel are cleared. */
export function doorSearch(who: Filter): Record<string, string | undefined> {
  return Object.fromEntries(FILTER_KEYS.map((key) => [PREFIX + key, who[key] || undefined]))
}

/** The people that the panel shows, or null when it is shut. */
export function doorOf(search: Record<string, unknown>): Filter | null {
  const who = filterOf(Object.fromEntries(FILTER_KEYS.map((key) => [key, search[PREFIX + key]])))
  return Object.keys(who).length > 0 ? who : null
}

/** The filter within search parameters; everything else is left out. */
export function filterOf(search: Record<string, unknown>): Filter {
  const filter: Filter = {}
  for (const key of FILTER_KEYS) {
    const value = search[key]
    if (typeof value === 'string' && value !== '') filter[key] = value
  }
  return filter
}
