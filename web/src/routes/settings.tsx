import { createRoute } from '@tanstack/react-router'

import { settingsQuery } from '@api/queries'
import { textOf } from '@lib/search'

import { SettingsPage } from '../features/settings/SettingsPage'
import { rootRoute } from './root'

export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  /** `selector`: under which the key of DKIM is looked up. */
  validateSearch: (search: Record<string, unknown>) => textOf<'selector'>(search, ['selector']),
  loader: ({ context }) => void context.queryClient.prefetchQuery(settingsQuery),
  component: SettingsPage,
})
