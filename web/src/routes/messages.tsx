import { createRoute, lazyRouteComponent } from '@tanstack/react-router'

import { messagesQuery } from '@api/messages'

import { MessagesPage } from '../features/messages/MessagesPage'
import { rootRoute } from './root'

export const messagesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/messages',
  loader: ({ context }) => void context.queryClient.prefetchQuery(messagesQuery),
  component: MessagesPage,
})

interface MessageSearch {
  key: string
  person?: string
  locale?: string
}

export const messageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/message',
  validateSearch: (search: Record<string, unknown>): MessageSearch => ({
    key: typeof search.key === 'string' ? search.key : '',
    ...(typeof search.person === 'string' && search.person !== '' ? { person: search.person } : {}),
    ...(typeof search.locale === 'string' && search.locale !== '' ? { locale: search.locale } : {}),
  }),
  component: lazyRouteComponent(() => import('../features/messages/MessagePage'), 'MessagePage'),
})
