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

/** `at`: the touchpoint whose detail is shown. `view`: the map as a picture or a table. */
interface MapSearch {
  at?: string
  view?: 'table'
}

const validateSearch = ({ at, view }: Record<string, unknown>): MapSearch => ({
  ...(typeof at === 'string' && at ? { at } : {}),
  ...(view === 'table' ? { view } : {}),
})

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/map',
  validateSearch,
  loader: ({ context }) => void context.queryClient.prefetchQuery(mapQuery),
  component: MapPage,
})
