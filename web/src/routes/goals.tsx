import { createRoute } from '@tanstack/react-router'

import { goalQuery, goalsQuery } from '@api/queries'

import { GoalPage } from '../features/goal/GoalPage'
import { GoalsPage } from '../features/goal/GoalsPage'
import { rootRoute } from './root'

export const goalsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/goals',
  loader: ({ context }) => void context.queryClient.prefetchQuery(goalsQuery),
  component: GoalsPage,
})

export const goalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/goals/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(goalQuery(params.id)),
  component: GoalPage,
})
