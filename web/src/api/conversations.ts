import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { call } from './client'
import type { ConversationList, ConversationPage, Parity, Simulated, Simulation } from './types'

export const conversationsQuery = queryOptions({
  queryKey: ['conversations'],
  queryFn: ({ signal }) => call<ConversationList>('/conversations', { signal }),
})

const at = (id: string): string => `/conversations/${encodeURIComponent(id)}`

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ['conversations', id],
    queryFn: ({ signal }) => call<ConversationPage>(at(id), { signal }),
  })

/** How a draft reads. The last answer stays until the next is there. */
export const draftQuery = (id: string, source: string) =>
  queryOptions({
    queryKey: ['conversations', id, 'draft', source],
    queryFn: ({ signal }) => call<ConversationPage>(`${at(id)}/draft`, { method: 'POST', body: { source }, signal }),
    placeholderData: keepPreviousData,
    enabled: source !== '',
    staleTime: Infinity,
  })

export const simulationQuery = (id: string, simulation: Simulation) =>
  queryOptions({
    queryKey: ['conversations', id, 'simulation', simulation],
    queryFn: ({ signal }) => call<Simulated>(`${at(id)}/simulate`, { method: 'POST', body: simulation, signal }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })

export const parityQuery = queryOptions({
  queryKey: ['parity'],
  queryFn: ({ signal }) => call<Parity>('/parity', { signal }),
})
