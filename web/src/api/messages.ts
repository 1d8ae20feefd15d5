import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { call } from './client'
import type { LinkReport, MessageList, MessagePreview, MessageReport } from './types'

export const messagesQuery = queryOptions({
  queryKey: ['messages'],
  queryFn: ({ signal }) => call<MessageList>('/messages', { signal }),
})

/** Which message, for whom, in which language. */
export interface Shown {
  key: string
  person?: string
  locale?: string
}

export const messagePreviewQuery = (shown: Shown) =>
  queryOptions({
    queryKey: ['messages', 'preview', shown],
    queryFn: ({ signal }) => call<MessagePreview>('/messages/preview', { method: 'POST', body: shown, signal }),
    placeholderData: keepPreviousData,
  })

export const messageReportQuery = (key: string) =>
  queryOptions({
    queryKey: ['messages', 'people', key],
    queryFn: ({ signal }) => call<MessageReport>(`/messages/people?key=${encodeURIComponent(key)}`, { signal }),
    staleTime: 30_000,
  })

/** Calls the addresses that messages lead to: only when somebody asks for it. */
export const linksQuery = queryOptions({
  queryKey: ['messages', 'links'],
  queryFn: ({ signal }) => call<LinkReport>('/messages/links', { method: 'POST', signal }),
  enabled: false,
  retry: false,
})

/** The letter as a page of its own, which a frame shows. */
export function letterAddress({ key, person, locale }: Shown): string {
  const params = new URLSearchParams({ key })
  if (person) params.set('person', person)
  if (locale) params.set('locale', locale)
  return `/api/v1/messages/letter?${params.toString()}`
}
