import { createRoute, redirect } from '@tanstack/react-router'

import { mapQuery } from '@api/queries'

import { MapPage } from '../features/map/MapPage'
import { rootRoute } from './root'

export const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/map', replace: true })
  },
})

/**
 * `at`: the touchpoint whose detail is shown. `view`: the map as a picture or a
 * table. `unmet`: touchpoints that nobody has met yet are drawn too.
 */
interface MapSearch {
  at?: string
  view?: 'table'
  unmet?: 'show'
}

const validateSearch = ({ at, view, unmet }: Record<string, unknown>): MapSearch => ({
  ...(typeof at === 'string' && at ? { at } : {}),
  ...(view === 'table' ? { view } : {}),
  ...(unmet === 'show' ? { unmet } : {}),
})

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch,
  loader: ({ context }) => void context.queryClient.prefetchQuery(mapQuery),
  component: MapPage,
})
