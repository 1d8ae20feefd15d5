import { createRoute } from '@tanstack/react-router'

import { mapOf } from '@api/queries'
import { scopeOf } from '@lib/scope'
import type { Scope } from '@lib/scope'

import { MapPage } from '../features/map/MapPage'
import { rootRoute } from './root'

/**
 * `at`: the touchpoint whose detail is shown. `view`: the map as a picture or a
 * table. `unmet`: touchpoints that nobody has met yet are drawn too. `place`: the
 * event that is being given a place. `change`: the touchpoint that is being changed.
 */
interface MapSearch extends Scope {
  at?: string
  view?: 'table'
  unmet?: 'show'
  place?: string
  change?: string
}

const validateSearch = ({ at, view, unmet, place, change, ...more }: Record<string, unknown>): MapSearch => ({
  ...scopeOf(more),
  ...(typeof at === 'string' && at ? { at } : {}),
  ...(view === 'table' ? { view } : {}),
  ...(unmet === 'show' ? { unmet } : {}),
  ...(typeof place === 'string' && place ? { place } : {}),
  ...(typeof change === 'string' && change ? { change } : {}),
})

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch,
  loaderDeps: ({ search }) => scopeOf({ ...search }),
  loader: ({ context, deps }) => void context.queryClient.prefetchQuery(mapOf(deps)),
  component: MapPage,
})
