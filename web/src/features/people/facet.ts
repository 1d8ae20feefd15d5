import { FILTER_KEYS } from '@api/types'
import type { Filter, FilterKey } from '@api/types'

/** What some facets only mean together with another. */
const belongs: Partial<Record<FilterKey, FilterKey>> = { next: 'touchpoint', arm: 'goal', outcome: 'goal', action: 'goal', withheld: 'goal', state_days: 'state_before', stride: 'journey', step: 'journey' }

/** The filter with one facet set or, with '', taken away together with what belongs to it. */
export function withFacet(filter: Filter, key: FilterKey, value: string): Filter {
  const next: Filter = { ...filter, [key]: value || undefined }
  for (const other of FILTER_KEYS) if (next[other] === undefined || (belongs[other] === key && !value)) delete next[other]
  return next
}
