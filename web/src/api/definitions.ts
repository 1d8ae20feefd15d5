import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Applied, ApplyRequest, DefinitionPage, DefinitionVersions, Difference, Sweep, Validation } from './types'

const POLL = 10_000
const SWEEPING = 1000

export const versionsQuery = queryOptions({
  queryKey: ['definitions', 'versions'],
  queryFn: ({ signal }) => call<DefinitionVersions>('/definitions', { signal }),
  refetchInterval: POLL,
})

/** One version. What a hash stands for never changes; "current" does. */
export const definitionQuery = (hash: string) =>
  queryOptions({
    queryKey: ['definitions', 'version', hash],
    queryFn: ({ signal }) => call<DefinitionPage>(`/definitions/${encodeURIComponent(hash)}`, { signal }),
    staleTime: hash === 'current' ? 0 : Infinity,
  })

/** What version b changes in version a. */
export const differenceQuery = (a: string, b: string) =>
  queryOptions({
    queryKey: ['definitions', 'difference', a, b],
    queryFn: ({ signal }) => call<Difference>(`/definitions/${encodeURIComponent(a)}/diff/${encodeURIComponent(b)}`, { signal }),
    staleTime: Infinity,
    enabled: a !== '' && b !== '',
  })

/** What is wrong with a source, or what it would change in the version in force. */
export const validationQuery = (yaml: string, inForce: string) =>
  queryOptions({
    queryKey: ['definitions', 'validation', inForce, yaml],
    queryFn: ({ signal }) => call<Validation>('/definitions/validate', { method: 'POST', body: { yaml }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    enabled: yaml !== '',
  })

export const schemaQuery = queryOptions({
  queryKey: ['definitions', 'schema'],
  queryFn: ({ signal }) => call<object>('/definitions/schema', { signal }),
  staleTime: Infinity,
})

export const sweepQuery = queryOptions({
  queryKey: ['sweep'],
  queryFn: ({ signal }) => call<Sweep>('/sweep', { signal }),
  refetchInterval: (query) => (query.state.data?.running ? SWEEPING : POLL),
})

/** Everything is judged by the definitions, so everything is asked again. */
function useChange<V>(mutationFn: (v: V) => Promise<Applied>): UseMutationResult<Applied, Error, V> {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries() })
}

export const useApply = (): UseMutationResult<Applied, Error, ApplyRequest> => useChange((body) => call<Applied>('/definitions', { method: 'POST', body }))

/** Brings an old version back, as a new one. */
export const useRestore = (): UseMutationResult<Applied, Error, { hash: string; base?: string; message?: string }> =>
  useChange(({ hash, ...body }) => call<Applied>(`/definitions/${encodeURIComponent(hash)}/restore`, { method: 'POST', body }))
