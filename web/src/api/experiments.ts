import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Applied, Trial, TrialRow } from './types'

const POLL = 10_000

export const experimentsQuery = queryOptions({
  queryKey: ['experiments'],
  queryFn: ({ signal }) => call<{ experiments: TrialRow[] }>('/experiments', { signal }),
  refetchInterval: POLL,
})

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: ['experiments', id],
    queryFn: ({ signal }) => call<Trial>(`/experiments/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: POLL,
  })

interface End {
  id: string
  winner?: string
  /** Hash of the definitions that are changed, so that nobody else's change is undone. */
  base: string
}

/** Ends an experiment, and declares its winner if there is one. */
export function useEnd(): UseMutationResult<Applied, Error, End> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }) => call<Applied>(`/experiments/${encodeURIComponent(id)}/end`, { method: 'POST', body: { ...body, message: body.winner ? `Declared ${body.winner} the winner of ${id}` : `Ended ${id}` } }),
    onSuccess: () => client.invalidateQueries(),
  })
}
