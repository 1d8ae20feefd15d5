import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'

import { call } from './client'
import { POLL } from './queries'
import type { LetterFaults, LetterPage, LetterWithBody, SourceList, SourcePage } from './types'

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => call<SourceList>('/sources', { signal }),
  refetchInterval: POLL,
})

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id],
    queryFn: ({ signal }) => call<SourcePage>(`/sources/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: POLL,
  })

/** Which dead letters are shown. */
export interface LetterFilter {
  source?: string | undefined
  state?: string | undefined
  field?: string | undefined
  message?: string | undefined
}

/** A letter without a state asked for is an open one: those are to be mended. */
const params = ({ state = 'open', ...rest }: LetterFilter): string =>
  new URLSearchParams(Object.entries({ ...rest, state: state === 'all' ? '' : state }).filter((pair): pair is [string, string] => Boolean(pair[1]))).toString()

export const lettersQuery = (filter: LetterFilter) =>
  infiniteQueryOptions({
    queryKey: ['letters', 'pages', params(filter)],
    queryFn: ({ signal, pageParam }) => call<LetterPage>(`/dead-letters?${params(filter)}&limit=50${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? POLL : false),
  })

export const faultsQuery = (source: string | undefined) =>
  queryOptions({
    queryKey: ['letters', 'faults', source ?? ''],
    queryFn: ({ signal }) => call<LetterFaults>(`/dead-letters/faults${source ? `?source=${encodeURIComponent(source)}` : ''}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: POLL,
  })

export const letterQuery = (id: string) =>
  queryOptions({
    queryKey: ['letters', 'one', id],
    queryFn: ({ signal }) => call<LetterWithBody>(`/dead-letters/${encodeURIComponent(id)}`, { signal }),
  })
