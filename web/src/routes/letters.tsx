import { createRoute } from '@tanstack/react-router'

import { textOf } from '@lib/search'

import { LettersPage } from '../features/letters/LettersPage'
import { rootRoute } from './root'

export const lettersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/dead-letters',
  /** `letter`: the one that is open in the panel. */
  validateSearch: (search: Record<string, unknown>) => textOf<'source' | 'state' | 'field' | 'message' | 'letter'>(search, ['source', 'state', 'field', 'message', 'letter']),
  component: LettersPage,
})
