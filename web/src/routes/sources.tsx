import { createRoute } from '@tanstack/react-router'

import { sourceQuery, sourcesQuery } from '@api/sourceQueries'

import { textOf } from '@lib/search'

import { SourcePage } from '../features/sources/SourcePage'
import { SourcesPage } from '../features/sources/SourcesPage'
import { rootRoute } from './root'

export const sourcesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources',
  /** `new`: a source is being made. */
  validateSearch: (search: Record<string, unknown>) => textOf<'new'>(search, ['new']),
  loader: ({ context }) => void context.queryClient.prefetchQuery(sourcesQuery),
  component: SourcesPage,
})

export const sourceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(sourceQuery(params.id)),
  component: SourcePage,
})
