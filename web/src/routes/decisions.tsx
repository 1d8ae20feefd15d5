import { createRoute } from '@tanstack/react-router'

import { DECISION_KEYS, decisionQuery, effectsQuery, leversQuery } from '@api/decisions'
import type { DecisionFilter } from '@api/decisions'

import { DecisionPage } from '../features/decisions/DecisionPage'
import { DecisionsPage } from '../features/decisions/DecisionsPage'
import { EffectsPage } from '../features/decisions/EffectsPage'
import { LeversPage } from '../features/decisions/LeversPage'
import { rootRoute } from './root'

export const decisionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/decisions',
  validateSearch: (search: Record<string, unknown>): DecisionFilter => {
    const filter: DecisionFilter = {}
    for (const key of DECISION_KEYS) {
      const value = search[key]
      if (typeof value === 'string' && value !== '') filter[key] = value
    }
    return filter
  },
  component: DecisionsPage,
})

export const decisionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/decisions/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(decisionQuery(params.id)),
  component: DecisionPage,
})

interface EffectsSearch {
  by?: 'segment' | 'state'
  /** The policy that is compared with what was done. */
  policy?: string
  /** Days between which the decisions were made that are compared. */
  since?: string
  until?: string
}

const isDay = (v: unknown): v is string => typeof v === 'string' && /^\d{4}-\d\d-\d\d$/.test(v) && !Number.isNaN(Date.parse(v))

export const effectsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/effects',
  validateSearch: (search: Record<string, unknown>): EffectsSearch => ({
    ...(search.by === 'segment' || search.by === 'state' ? { by: search.by } : {}),
    ...(typeof search.policy === 'string' && search.policy !== '' ? { policy: search.policy } : {}),
    ...(isDay(search.since) ? { since: search.since } : {}),
    ...(isDay(search.until) ? { until: search.until } : {}),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.queryClient.prefetchQuery(effectsQuery(deps.by ?? 'stage')),
  component: EffectsPage,
})

export const leversRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/levers',
  loader: ({ context }) => void context.queryClient.prefetchQuery(leversQuery),
  component: LeversPage,
})
