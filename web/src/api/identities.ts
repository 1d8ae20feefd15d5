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

/** Says that another person is this one. */
export function useMergePeople(id: string): UseMutationResult<PersonIdentities, Error, { person: string; reason: string }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body) => call<PersonIdentities>(`/people/${encodeURIComponent(id)}/merges`, { method: 'POST', body }),
    onSuccess: ({ person }) => Promise.all([client.invalidateQueries({ queryKey: ['person', id] }), client.invalidateQueries({ queryKey: ['person', person] }), client.invalidateQueries({ queryKey: ['people'] })]),
  })
}

/** Erases a person, for good. */
export function useErasePerson(id: string): UseMutationResult<unknown, Error, void> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => call<unknown>(`/people/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['people'] }),
  })
}
