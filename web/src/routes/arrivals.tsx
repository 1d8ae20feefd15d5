import { createRoute } from '@tanstack/react-router'

import { textOf } from '@lib/search'

import { ArrivalsPage } from '../features/arrivals/ArrivalsPage'
import { rootRoute } from './root'

export const arrivalsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/live',
  validateSearch: (search: Record<string, unknown>) => textOf<'source' | 'kind' | 'event' | 'outcome'>(search, ['source', 'kind', 'event', 'outcome']),
  component: ArrivalsPage,
})
