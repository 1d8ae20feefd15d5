import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, Outlet } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import { FILTER_KEYS } from '@api/types'

import { Frame } from '../features/frame/Frame'
import { NotFound } from '../features/frame/NotFound'
import { PeoplePanel } from '../features/people/PeoplePanel'

/** `who.…`: the people in the side panel, on every page. */
type PanelSearch = Partial<Record<`who.${(typeof FILTER_KEYS)[number]}`, string>>

export const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  validateSearch: (search: Record<string, unknown>): PanelSearch =>
    Object.fromEntries(FILTER_KEYS.map((key) => [`who.${key}`, search[`who.${key}`]]).filter(([, v]) => typeof v === 'string' && v !== '')) as PanelSearch,
  loader: ({ context }) => void context.queryClient.prefetchQuery(workspaceQuery),
  component: () => (
    <Frame panel={<PeoplePanel />}>
      <Outlet />
    </Frame>
  ),
  notFoundComponent: NotFound,
})
