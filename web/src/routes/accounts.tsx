import { createRoute } from '@tanstack/react-router'

import { accountQuery } from '@api/accounts'

import { AccountPage } from '../features/accounts/AccountPage'
import { AccountsPage } from '../features/accounts/AccountsPage'
import { rootRoute } from './root'

const validateSearch = ({ query }: Record<string, unknown>): { query?: string } => (typeof query === 'string' && query ? { query } : {})

export const accountsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/accounts',
  validateSearch,
  component: AccountsPage,
})

export const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/accounts/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(accountQuery(params.id)),
  component: AccountPage,
})
