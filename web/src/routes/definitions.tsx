import { createRoute } from '@tanstack/react-router'

import { definitionQuery, versionsQuery } from '@api/definitions'
import { textOf } from '@lib/search'

import { DefinitionsPage } from '../features/definitions/DefinitionsPage'
import { rootRoute } from './root'

export const definitionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/definitions',
  /** `version`: the number of an old version. `at`: what the text is opened at, such as touchpoints/help. */
  validateSearch: (search: Record<string, unknown>) => textOf<'version' | 'at'>(search, ['version', 'at']),
  loader: ({ context }) => void Promise.all([context.queryClient.prefetchQuery(versionsQuery), context.queryClient.prefetchQuery(definitionQuery('current'))]),
  component: DefinitionsPage,
})
