import { createRoute, lazyRouteComponent } from '@tanstack/react-router'

import { conversationsQuery } from '@api/conversations'

import { ConversationsPage } from '../features/conversations/ConversationsPage'
import { ParityPage } from '../features/conversations/ParityPage'
import { rootRoute } from './root'

export const conversationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/conversations',
  loader: ({ context }) => void context.queryClient.prefetchQuery(conversationsQuery),
  component: ConversationsPage,
})

export const conversationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/conversations/$id',
  component: lazyRouteComponent(() => import('../features/conversations/ConversationPage'), 'ConversationPage'),
})

export const parityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/parity',
  component: ParityPage,
})
