import { createRoute, lazyRouteComponent } from '@tanstack/react-router'

import { journeyQuery, journeysQuery } from '@api/journeys'

import { JourneysPage } from '../features/journeys/JourneysPage'
import { rootRoute } from './root'

export const journeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journeys',
  loader: ({ context }) => void context.queryClient.prefetchQuery(journeysQuery),
  component: JourneysPage,
})

export const journeyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/journeys/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(journeyQuery(params.id)),
  component: lazyRouteComponent(() => import('../features/journeys/JourneyPage'), 'JourneyPage'),
})
