import { createRoute, redirect } from '@tanstack/react-router'

import { loopQuery } from '@api/queries'
import { scopeOf } from '@lib/scope'
import type { Scope } from '@lib/scope'

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
  validateSearch: (search: Record<string, unknown>): Scope => scopeOf(search),
  loaderDeps: ({ search }) => scopeOf(search as Record<string, unknown>),
  loader: ({ context, deps }) => void context.queryClient.prefetchQuery(loopQuery(deps)),
  component: LoopPage,
})
