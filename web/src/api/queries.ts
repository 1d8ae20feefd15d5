import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'

import { scopeParams } from '@lib/scope'
import type { Scope } from '@lib/scope'

import { call } from './client'
import { FILTER_KEYS } from './types'
import type { ConsentHistory, Filter, Goal, Goals, LifecycleMap, Loop, People, Person, RulePreview, Segment, Segments, SenderReport, SettingsPage, Timeline, Why, Workspace } from './types'

/** How often a page asks again, in milliseconds. */
export const POLL = 4000
const SLOW_POLL = 10_000

/** How often a figure is asked for again while it is being computed, in milliseconds. */
const COMPUTING_POLL = 1500

/** How often while somebody who types waits for it. */
const WAITING_POLL = 400

const PAGE = 50

/** Spelled out, so that two filters that mean the same share a cache entry. */
export function filterParams(filter: Filter): URLSearchParams {
  const params = new URLSearchParams()
  for (const key of FILTER_KEYS) {
    const value = filter[key]
    if (value) params.set(key, value)
  }
  return params
}

export const workspaceQuery = queryOptions({
  queryKey: ['workspace'],
  queryFn: ({ signal }) => call<Workspace>('/workspace', { signal }),
  refetchInterval: POLL,
})

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => call<SettingsPage>('/settings', { signal }),
})

/** What DNS says of the domain that a channel sends from. */
export const senderQuery = (channel: string, selector: string) =>
  queryOptions({
    queryKey: ['settings', 'sender', channel, selector],
    queryFn: ({ signal }) => call<SenderReport>(`/settings/channels/${encodeURIComponent(channel)}/sender${selector ? `?selector=${encodeURIComponent(selector)}` : ''}`, { signal }),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  })

export const loopQuery = (scope: Scope = {}) =>
  queryOptions({
    queryKey: ['loop', scopeParams(scope)],
    queryFn: ({ signal }) => call<Loop>(`/loop${scopeParams(scope)}`, { signal }),
    refetchInterval: SLOW_POLL,
    placeholderData: keepPreviousData,
  })

export const mapOf = (scope: Scope) =>
  queryOptions({
    queryKey: ['map', scopeParams(scope)],
    queryFn: ({ signal }) => call<LifecycleMap>(`/map${scopeParams(scope)}`, { signal }),
    refetchInterval: SLOW_POLL,
    placeholderData: keepPreviousData,
  })

/** Of everybody and all time. */
export const mapQuery = mapOf({})

const people = (filter: Filter, limit: number, cursor: string, signal: AbortSignal): Promise<People> => {
  const params = filterParams(filter)
  params.set('limit', String(limit))
  if (cursor) params.set('cursor', cursor)
  return call<People>(`/people?${params.toString()}`, { signal })
}

export const peopleQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['people', 'pages', filterParams(filter).toString()],
    queryFn: ({ signal, pageParam }) => people(filter, PAGE, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
    // Asking again fetches every page that is open, so only the first is kept fresh.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? SLOW_POLL : false),
    staleTime: 5000,
  })

/** How many people match, without the people. */
export const totalQuery = (filter: Filter) =>
  queryOptions({
    queryKey: ['people', 'total', filterParams(filter).toString()],
    queryFn: async ({ signal }) => (await people(filter, 1, '', signal)).total,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })

export const searchQuery = (query: string) =>
  queryOptions({
    queryKey: ['people', 'search', query],
    queryFn: ({ signal }) => people({ query }, 6, '', signal),
    enabled: query.trim().length > 1,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) =>
      call<Person>(`/people/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: POLL,
  })

export const timelineQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['person', id, 'timeline'],
    queryFn: ({ signal, pageParam }) =>
      call<Timeline>(`/people/${encodeURIComponent(id)}/timeline?limit=100${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? POLL : false),
  })

export const whyQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id, 'why'],
    queryFn: ({ signal }) => call<Why>(`/people/${encodeURIComponent(id)}/why`, { signal }),
    refetchInterval: SLOW_POLL,
  })

export const consentHistoryQuery = (id: string) =>
  queryOptions({
    queryKey: ['person', id, 'consent-history'],
    queryFn: ({ signal }) => call<ConsentHistory>(`/people/${encodeURIComponent(id)}/consent-history`, { signal }),
    refetchInterval: SLOW_POLL,
  })

export const segmentsQuery = queryOptions({
  queryKey: ['segments'],
  queryFn: ({ signal }) => call<Segments>('/segments', { signal }),
  refetchInterval: (query) => (query.state.data?.sweep.running ? COMPUTING_POLL : SLOW_POLL),
})

/** Whom a rule would mean. Until everybody has been asked it is asked again. */
export const rulePreviewQuery = (rule: string) =>
  queryOptions({
    queryKey: ['rule-preview', rule],
    queryFn: ({ signal }) => call<RulePreview>('/segments/preview', { method: 'POST', body: { rule }, signal }),
    enabled: rule.trim() !== '',
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.preview && !query.state.data.preview.exact ? WAITING_POLL : SLOW_POLL),
  })

export const segmentQuery = (id: string) =>
  queryOptions({
    queryKey: ['segment', id],
    queryFn: ({ signal }) => call<Segment>(`/segments/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: (query) => (query.state.data?.computing ? COMPUTING_POLL : SLOW_POLL),
  })

export const goalsQuery = queryOptions({
  queryKey: ['goals'],
  queryFn: ({ signal }) => call<Goals>('/goals', { signal }),
  refetchInterval: SLOW_POLL,
})

export const goalQuery = (id: string) =>
  queryOptions({
    queryKey: ['goal', id],
    queryFn: ({ signal }) =>
      call<Goal>(`/goals/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: SLOW_POLL,
  })
