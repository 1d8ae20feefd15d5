import { createRoute } from '@tanstack/react-router'

import { experimentQuery, experimentsQuery } from '@api/experiments'

import { ExperimentPage } from '../features/experiments/ExperimentPage'
import { ExperimentsPage } from '../features/experiments/ExperimentsPage'
import { rootRoute } from './root'

export const experimentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments',
  loader: ({ context }) => void context.queryClient.prefetchQuery(experimentsQuery),
  component: ExperimentsPage,
})

export const experimentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/experiments/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(experimentQuery(params.id)),
  component: ExperimentPage,
})
