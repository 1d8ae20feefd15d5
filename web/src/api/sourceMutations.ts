import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Letter, Many, Outage, Replayed, SourceKind, SourceWithKey, Tried, WebhookDraft } from './types'

/** A change of sources or letters: both are asked again, since each counts the other. */
function useChange<T, V>(mutationFn: (v: V) => Promise<T>): UseMutationResult<T, Error, V> {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: async () => {
      await Promise.all([client.invalidateQueries({ queryKey: ['sources'] }), client.invalidateQueries({ queryKey: ['letters'] })])
    },
  })
}

const at = (id: string): string => `/sources/${encodeURIComponent(id)}`
const letterAt = (id: string): string => `/dead-letters/${encodeURIComponent(id)}`

export const useAddSource = (): UseMutationResult<SourceWithKey, Error, { name: string; kind: SourceKind }> => useChange((body) => call('/sources', { method: 'POST', body }))

export const useRenameSource = (id: string): UseMutationResult<unknown, Error, string> => useChange((name) => call(`${at(id)}/name`, { method: 'PUT', body: { name } }))

export const useAddKey = (id: string): UseMutationResult<SourceWithKey, Error, void> => useChange(() => call(`${at(id)}/keys`, { method: 'POST' }))

/** When it was not connected. What is believed of people follows from it, so everything is asked again. */
export const useSetOutages = (id: string): UseMutationResult<unknown, Error, Outage[]> => {
  const client = useQueryClient()
  return useMutation({ mutationFn: (outages: Outage[]) => call(`${at(id)}/outages`, { method: 'PUT', body: { outages } }), onSuccess: () => client.invalidateQueries() })
}

/** Shuts a write key, or opens it again. */
export const useSetKey = (id: string): UseMutationResult<unknown, Error, { key: string; open: boolean }> =>
  useChange(({ key, open }) => call(`${at(id)}/keys/${encodeURIComponent(key)}/${open ? 'restore' : 'revoke'}`, open ? { method: 'POST' } : { method: 'POST', body: {} }))

export const useSetWebhook = (id: string): UseMutationResult<unknown, Error, WebhookDraft> => useChange((body) => call(`${at(id)}/webhook`, { method: 'PUT', body }))

export const useTryWebhook = (id: string): UseMutationResult<Tried, Error, { map: string; body: string }> =>
  useMutation({ mutationFn: (body: { map: string; body: string }) => call<Tried>(`${at(id)}/webhook/try`, { method: 'POST', body }) })

/** Takes a letter again: as it was, or as mended. */
export const useReplay = (id: string): UseMutationResult<Replayed, Error, { body?: string }> => useChange((body) => call(`${letterAt(id)}/replay`, { method: 'POST', body }))

export const useDismiss = (id: string): UseMutationResult<Letter, Error, boolean> =>
  useChange((dismiss) => call(`${letterAt(id)}/${dismiss ? 'dismiss' : 'reopen'}`, dismiss ? { method: 'POST', body: {} } : { method: 'POST' }))

/** Takes again all that have one fault. */
export const useReplayAll = (): UseMutationResult<Many, Error, { source?: string; field?: string; message?: string }> => useChange((body) => call('/dead-letters/replay', { method: 'POST', body }))
