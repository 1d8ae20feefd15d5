import { createRoute, redirect } from '@tanstack/react-router'

import { loopQuery } from '@api/queries'

import { LoopPage } from '../features/loop/LoopPage'
import { rootRoute } from './root'

export const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/loop', replace: true })
  },
})

export const loopRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/loop',
  loader: ({ context }) => void context.queryClient.prefetchQuery(loopQuery),
  component: LoopPage,
})
