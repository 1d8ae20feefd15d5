import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { RequestAct, RequestList, RequestPage } from './types'

const POLL = 5_000

export interface RequestFilter {
  status?: string | undefined
  owner?: string | undefined
}

export const requestsQuery = ({ status, owner }: RequestFilter) =>
  queryOptions({
    queryKey: ['requests', status ?? 'open', owner ?? ''],
    queryFn: ({ signal }) => call<RequestList>(`/requests?status=${status ?? 'open'}${owner ? `&owner=${encodeURIComponent(owner)}` : ''}`, { signal }),
    refetchInterval: POLL,
  })

const at = (person: string, id: string): string => `/requests/${encodeURIComponent(person)}/${encodeURIComponent(id)}`

export const requestQuery = (person: string, id: string) =>
  queryOptions({
    queryKey: ['requests', person, id],
    queryFn: ({ signal }) => call<RequestPage>(at(person, id), { signal }),
    refetchInterval: POLL,
  })

/** Something done about a request; the answer is the request as it is then. */
export function useAct(person: string, id: string): UseMutationResult<RequestPage, Error, RequestAct> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body) => call<RequestPage>(at(person, id), { method: 'POST', body }),
    onSuccess: (page) => {
      client.setQueryData(['requests', person, id], page)
      return client.invalidateQueries({ queryKey: ['requests'], refetchType: 'active' })
    },
  })
}
