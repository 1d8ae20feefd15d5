import { createRoute } from '@tanstack/react-router'

import { mapQuery } from '@api/queries'

import { MapPage } from '../features/map/MapPage'
import { rootRoute } from './root'

/**
 * `at`: the touchpoint whose detail is shown. `view`: the map as a picture or a
 * table. `unmet`: touchpoints that nobody has met yet are drawn too. `place`: the
 * event that is being given a place.
 */
interface MapSearch {
  at?: string
  view?: 'table'
  unmet?: 'show'
  place?: string
}

const validateSearch = ({ at, view, unmet, place }: Record<string, unknown>): MapSearch => ({
  ...(typeof at === 'string' && at ? { at } : {}),
  ...(view === 'table' ? { view } : {}),
  ...(unmet === 'show' ? { unmet } : {}),
  ...(typeof place === 'string' && place ? { place } : {}),
})

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch,
  loader: ({ context }) => void context.queryClient.prefetchQuery(mapQuery),
  component: MapPage,
})
