import { queryOptions } from '@tanstack/react-query'

import { call } from './client'
import type { Journey, JourneyList } from './types'

export const journeysQuery = queryOptions({
  queryKey: ['journeys'],
  queryFn: ({ signal }) => call<JourneyList>('/journeys', { signal }),
})

export const journeyQuery = (id: string) =>
  queryOptions({
    queryKey: ['journeys', id],
    queryFn: ({ signal }) => call<Journey>(`/journeys/${encodeURIComponent(id)}`, { signal }),
  })
