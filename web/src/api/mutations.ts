import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import { workspaceQuery } from './queries'
import type { Live, Workspace } from './types'

interface LiveSetting {
  live: Live
  allow: string[]
}

/** Changes who may be sent to. Everything that depends on it is asked again. */
export function useSetLive(): UseMutationResult<unknown, Error, LiveSetting> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: LiveSetting) => call('/workspace/live', { method: 'PUT', body }),
    onSuccess: (_, body) => {
      client.setQueryData<Workspace>(workspaceQuery.queryKey, (old) => (old ? { ...old, ...body } : old))
      return client.invalidateQueries()
    },
  })
}

/** Sets the workspace's clock to a moment of the past; null returns to now. */
export function useSetAsOf(): UseMutationResult<unknown, Error, string | null> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (asOf: string | null) => call('/workspace/as-of', { method: 'PUT', body: { as_of: asOf } }),
    onSuccess: () => client.invalidateQueries(),
  })
}

interface SegmentDraft {
  id: string
  name: string
  rule: string
  base: string
}

/** Brings a segment into force, new or with another rule. */
export function usePutSegment(): UseMutationResult<unknown, Error, SegmentDraft> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: SegmentDraft) => call(`/segments/${encodeURIComponent(id)}`, { method: 'PUT', body }),
    onSuccess: () => client.invalidateQueries(),
  })
}

export function useSignIn(): UseMutationResult<unknown, Error, string> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (token: string) => call('/session', { method: 'POST', body: { token } }),
    onSuccess: () => client.resetQueries(),
  })
}

export function useSignOut(): UseMutationResult<unknown, Error, void> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => call('/session', { method: 'DELETE' }),
    onSuccess: () => client.resetQueries(),
  })
}
