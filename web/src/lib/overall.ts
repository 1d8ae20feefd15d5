import type { LifecycleMap } from '@api/types'

/**
 * What a touchpoint's continuation is compared with: that over all touchpoints.
 * The API states it with each dead end; without one, the continuation of
 * people's first visits stands in.
 */
export const overall = (map: Pick<LifecycleMap, 'dead_ends' | 'continued'>): number => map.dead_ends[0]?.against ?? map.continued.value
