import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Decision, DecisionRow, EffectMap, Evaluation, GoalCourse, GoalPlan, Lever, LeverCost, LeverRequest } from './types'

const POLL = 10_000
const PAGE = 50

/** By what decisions are searched; the address of the page holds the same. */
export const DECISION_KEYS = ['person', 'goal', 'action', 'channel', 'policy', 'outcome', 'lever'] as const
export type DecisionKey = (typeof DECISION_KEYS)[number]
export type DecisionFilter = Partial<Record<DecisionKey, string>>

const search = (of: Record<string, string | undefined>): string => new URLSearchParams(Object.entries(of).filter((e): e is [string, string] => !!e[1])).toString()

/** Decisions, the newest first, a page after the other. */
export const decisionsQuery = (filter: DecisionFilter) =>
  infiniteQueryOptions({
    queryKey: ['decisions', search(filter)],
    queryFn: ({ signal, pageParam }) => call<{ decisions: DecisionRow[] }>(`/decisions?${search({ ...filter, limit: String(PAGE), before: pageParam })}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => (last.decisions.length < PAGE ? undefined : (last.decisions.at(-1)?.at ?? undefined)),
    placeholderData: keepPreviousData,
    // Asking again fetches every page that is open, so only the first is kept fresh.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? POLL : false),
  })

/** A decision's id in addresses: hyphens stand for slashes. */
export const decisionPath = (id: string): string => id.replaceAll('/', '-')

export const decisionQuery = (path: string) =>
  queryOptions({
    queryKey: ['decision', path],
    queryFn: ({ signal }) => call<Decision>(`/decisions/${encodeURIComponent(path)}`, { signal }),
  })

/** The parts of the people by which effects are told. */
export type EffectsBy = 'stage' | 'segment' | 'state'

export const effectsQuery = (by: EffectsBy) =>
  queryOptions({
    queryKey: ['effects', by],
    queryFn: ({ signal }) => call<EffectMap>(`/effects?by=${by}`, { signal }),
    // It reads all decisions, and what it tells changes by the day.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  })

/** A stretch of whole days, UTC, with its last day in it; an end that is missing is open. */
export interface Days {
  since?: string | undefined
  until?: string | undefined
}

/** What another policy would have earned: uniform, silence, best, in-force, always:GOAL/ACTION, or that of a draft of the definitions. */
export const evaluationQuery = (policy: string, { since, until }: Days = {}, draft?: string) =>
  queryOptions({
    queryKey: ['evaluation', policy, since, until, draft],
    queryFn: ({ signal }) => {
      const days: Days = {}
      if (since) days.since = `${since}T00:00:00Z`
      if (until) days.until = new Date(Date.parse(`${until}T00:00:00Z`) + 86_400_000).toISOString()
      if (draft) return call<Evaluation>('/evaluation', { method: 'POST', body: { ...days, yaml: draft }, signal })
      return call<Evaluation>(`/evaluation?${search({ policy, ...days })}`, { signal })
    },
    placeholderData: keepPreviousData,
  })

export const planQuery = (goal: string) =>
  queryOptions({
    queryKey: ['goal', goal, 'plan'],
    queryFn: ({ signal }) => call<GoalPlan>(`/goals/${encodeURIComponent(goal)}/plan`, { signal }),
  })

export const courseQuery = (goal: string) =>
  queryOptions({
    queryKey: ['goal', goal, 'course'],
    queryFn: ({ signal }) => call<GoalCourse>(`/goals/${encodeURIComponent(goal)}/course`, { signal }),
  })

export const leversQuery = queryOptions({
  queryKey: ['levers'],
  queryFn: ({ signal }) => call<{ levers: Lever[] }>('/levers', { signal }),
  refetchInterval: POLL,
})

/** What levers cost so far, from the archive. */
export const leverCostQuery = queryOptions({
  queryKey: ['levers', 'cost'],
  queryFn: ({ signal }) => call<LeverCost>('/levers/cost', { signal }),
  refetchInterval: 6 * POLL,
})

export function usePull(): UseMutationResult<Lever, Error, LeverRequest> {
  const client = useQueryClient()
  return useMutation({ mutationFn: (lever) => call<Lever>('/levers', { method: 'POST', body: lever }), onSuccess: () => client.invalidateQueries() })
}

export function useRelease(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient()
  return useMutation({ mutationFn: (id) => call(`/levers/${encodeURIComponent(id)}`, { method: 'DELETE' }), onSuccess: () => client.invalidateQueries() })
}
