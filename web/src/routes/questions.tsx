import { createRoute } from '@tanstack/react-router'

import { questionsQuery, tablesQuery } from '@api/questions'

import { QuestionsPage } from '../features/questions/QuestionsPage'
import { rootRoute } from './root'

/** `sql`: the question that is answered. `kept`: the id of the kept question it was taken from. */
interface QuestionSearch {
  sql?: string
  kept?: string
}

const validateSearch = ({ sql, kept }: Record<string, unknown>): QuestionSearch => ({
  ...(typeof sql === 'string' && sql ? { sql } : {}),
  ...(typeof kept === 'string' && kept ? { kept } : {}),
})

export const questionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/questions',
  validateSearch,
  loader: ({ context }) => void Promise.all([context.queryClient.prefetchQuery(tablesQuery), context.queryClient.prefetchQuery(questionsQuery)]),
  component: QuestionsPage,
})
