import { createRoute } from '@tanstack/react-router'

import { rehearsalsQuery } from '@api/rehearsals'

import { RehearsalPage } from '../features/rehearsal/RehearsalPage'
import { rootRoute } from './root'

export const rehearsalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rehearsal',
  // Which rehearsal, which of its days, which of its people and the people behind which number the page shows.
  validateSearch: (search: Record<string, unknown>): { id?: string; day?: number; person?: number; who?: string } => ({
    ...(typeof search['id'] === 'string' ? { id: search['id'] } : {}),
    ...(typeof search['who'] === 'string' ? { who: search['who'] } : {}),
    ...whole(search, 'day'),
    ...whole(search, 'person'),
  }),
  loader: ({ context }) => void context.queryClient.prefetchQuery(rehearsalsQuery),
  component: RehearsalPage,
})

function whole<K extends string>(search: Record<string, unknown>, key: K): { [k in K]?: number } {
  const n = Number(search[key])
  return (search[key] !== undefined && Number.isInteger(n) && n >= 0 ? { [key]: n } : {}) as { [k in K]?: number }
}
