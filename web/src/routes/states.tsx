import { createRoute } from '@tanstack/react-router'

import { modelQuery, statesQuery } from '@api/states'

import { ModelPage } from '../features/states/ModelPage'
import { StatesPage } from '../features/states/StatesPage'
import { rootRoute } from './root'

interface StatesSearch {
  /** The period of who moved, in days. */
  days?: number
}

export const statesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/states',
  validateSearch: (search: Record<string, unknown>): StatesSearch => {
    const days = Number(search.days)
    return Number.isInteger(days) && days >= 1 && days <= 3660 ? { days } : {}
  },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.queryClient.prefetchQuery(statesQuery(deps.days ?? 28)),
  component: StatesPage,
})

export const modelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/states/$number',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(modelQuery(Number(params.number))),
  component: ModelPage,
})
