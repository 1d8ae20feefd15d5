import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Answer, Kept, QuestionDraft, QuestionList, QuestionTables } from './types'

/** The most rows that are asked for at once. */
export const MOST_ROWS = 10_000

/** The answer to a question in SQL. It stays as it is until it is asked for again. */
export const answerQuery = (sql: string) =>
  queryOptions({
    queryKey: ['questions', 'answer', sql],
    queryFn: ({ signal }) => call<Answer>('/questions/run', { method: 'POST', body: { sql, limit: MOST_ROWS }, signal }),
    enabled: sql.trim() !== '',
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
  })

export const questionsQuery = queryOptions({
  queryKey: ['questions', 'list'],
  queryFn: ({ signal }) => call<QuestionList>('/questions', { signal }),
})

export const tablesQuery = queryOptions({
  queryKey: ['questions', 'tables'],
  queryFn: ({ signal }) => call<QuestionTables>('/questions/tables', { signal }),
})

export function useSaveQuestion(): UseMutationResult<Kept, Error, { id: string; draft: QuestionDraft }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, draft }) => call<Kept>(`/questions/${encodeURIComponent(id)}`, { method: 'PUT', body: draft }),
    onSuccess: () => client.invalidateQueries({ queryKey: questionsQuery.queryKey }),
  })
}

export function useDeleteQuestion(): UseMutationResult<QuestionList, Error, string> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => call<QuestionList>(`/questions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: (list) => client.setQueryData(questionsQuery.queryKey, list),
  })
}
