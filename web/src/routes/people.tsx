import { createRoute } from '@tanstack/react-router'

import { personQuery } from '@api/queries'
import { filterOf } from '@lib/door'

import { PeoplePage } from '../features/people/PeoplePage'
import { PersonPage } from '../features/people/PersonPage'
import { rootRoute } from './root'

export const peopleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/people',
  validateSearch: filterOf,
  component: PeoplePage,
})

export const personRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/people/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(personQuery(params.id)),
  component: PersonPage,
})
