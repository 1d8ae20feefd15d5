import { createRoute } from '@tanstack/react-router'

import { startQuery } from '@api/start'
import type { StartStep } from '@api/types'

import { StartPage } from '../features/start/StartPage'
import { rootRoute } from './root'

const steps: readonly StartStep['id'][] = ['template', 'events', 'map', 'goal', 'rehearsal', 'live', 'message']

export const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/start',
  // Which step is open.
  validateSearch: (search: Record<string, unknown>): { step?: StartStep['id'] } => {
    const step = steps.find((s) => s === search['step'])
    return step ? { step } : {}
  },
  loader: ({ context }) => void context.queryClient.prefetchQuery(startQuery),
  component: StartPage,
})
