import { createRoute } from '@tanstack/react-router'

import { textOf } from '@lib/search'

import { InboxPage } from '../features/inbox/InboxPage'
import { rootRoute } from './root'

export const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/inbox',
  /** `person` and `request`: the one that is open. */
  validateSearch: (search: Record<string, unknown>) => textOf<'status' | 'owner' | 'person' | 'request'>(search, ['status', 'owner', 'person', 'request']),
  component: InboxPage,
})
