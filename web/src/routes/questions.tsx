import { createRoute } from '@tanstack/react-router'

import { questionsQuery, tablesQuery } from '@api/questions'
import { textOf } from '@lib/search'

import { QuestionsPage } from '../features/questions/QuestionsPage'
import { rootRoute } from './root'

/**
 * `sql`: the question that is answered. `kept`: the id of the kept question it was
 * taken from. `chart`, `x`, `y` and `by`: how it is drawn, where that was chosen.
 */
const validateSearch = (search: Record<string, unknown>) => textOf<'sql' | 'kept' | 'chart' | 'x' | 'y' | 'by'>(search, ['sql', 'kept', 'chart', 'x', 'y', 'by'])

export const questionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/questions',
  validateSearch,
  loader: ({ context }) => void Promise.all([context.queryClient.prefetchQuery(tablesQuery), context.queryClient.prefetchQuery(questionsQuery)]),
  component: QuestionsPage,
})
