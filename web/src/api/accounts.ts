import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'

import { call } from './client'
import type { Account, AccountList, AccountMembers, AccountTimeline } from './types'

const MOST = 200
const POLL = 10_000

export const accountsQuery = (query: string) =>
  queryOptions({
    queryKey: ['accounts', 'list', query],
    queryFn: ({ signal }) => call<AccountList>(`/accounts?limit=${MOST}${query ? `&query=${encodeURIComponent(query)}` : ''}`, { signal }),
    refetchInterval: POLL,
    placeholderData: keepPreviousData,
  })

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) => call<Account>(`/accounts/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: POLL,
  })

export const accountMembersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['account', id, 'members'],
    queryFn: ({ signal, pageParam }) => call<AccountMembers>(`/accounts/${encodeURIComponent(id)}/members?limit=100${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  })

export const accountTimelineQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['account', id, 'timeline'],
    queryFn: ({ signal, pageParam }) => call<AccountTimeline>(`/accounts/${encodeURIComponent(id)}/timeline?limit=50${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  })
