import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { ModelDetail, ModelList, PersonBelief, States } from './types'

const POLL = 10_000

/** How often while a model is being trained. */
const TRAINING_POLL = 1500

/** Where relationships stand, with who moved in the last so many days. */
export const statesQuery = (days: number) =>
  queryOptions({
    queryKey: ['states', days],
    queryFn: ({ signal }) => call<States>(`/states?days=${days}`, { signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  })

export const beliefQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id, 'belief'],
    queryFn: ({ signal }) => call<PersonBelief>(`/people/${encodeURIComponent(id)}/belief`, { signal }),
    refetchInterval: POLL,
  })

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => call<ModelList>('/models', { signal }),
  refetchInterval: (query) => (query.state.data?.training.running ? TRAINING_POLL : POLL),
})

export const modelQuery = (number: number) =>
  queryOptions({
    queryKey: ['models', number],
    queryFn: ({ signal }) => call<ModelDetail>(`/models/${number}`, { signal }),
  })

const useOrder = <T>(order: (of: T) => Promise<unknown>): UseMutationResult<unknown, Error, T> => {
  const client = useQueryClient()
  return useMutation({ mutationFn: order, onSuccess: () => client.invalidateQueries() })
}

export const useTrain = (): UseMutationResult<unknown, Error, void> => useOrder(() => call('/models/train', { method: 'POST', body: {} }))

/** Has people followed by the model of that number. */
export const usePromote = (): UseMutationResult<unknown, Error, number> => useOrder((number) => call(`/models/${number}/promote`, { method: 'POST', body: {} }))

/** Has people followed by no model. */
export const useRetire = (): UseMutationResult<unknown, Error, void> => useOrder(() => call('/models/retire', { method: 'POST', body: {} }))
