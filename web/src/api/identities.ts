import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { PersonIdentities } from './types'

export const identitiesQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id, 'identities'],
    queryFn: ({ signal }) => call<PersonIdentities>(`/people/${encodeURIComponent(id)}/identities`, { signal }),
    refetchInterval: 10_000,
  })

/** Takes a record out of a person again. Everything about people is asked for anew. */
export function useUndoMerge(id: string): UseMutationResult<PersonIdentities, Error, { record: string; reason: string }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ record, reason }) => call<PersonIdentities>(`/people/${encodeURIComponent(id)}/merges/${encodeURIComponent(record)}/undo`, { method: 'POST', body: { reason } }),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ['person', id] }), client.invalidateQueries({ queryKey: ['people'] })]),
  })
}
