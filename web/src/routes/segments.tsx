import { createRoute } from '@tanstack/react-router'

import { segmentQuery, segmentsQuery } from '@api/queries'

import { RulePage } from '../features/segments/RulePage'
import { SegmentPage } from '../features/segments/SegmentPage'
import { SegmentsPage } from '../features/segments/SegmentsPage'
import { rootRoute } from './root'

export const segmentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/segments',
  loader: ({ context }) => void context.queryClient.prefetchQuery(segmentsQuery),
  component: SegmentsPage,
})

export const segmentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/segments/$id',
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(segmentQuery(params.id)),
  component: SegmentPage,
})

interface RuleSearch {
  /** The rule as it is being written. */
  rule?: string
  /** The segment whose rule it was. */
  from?: string
}

export const ruleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/segment-rule',
  validateSearch: (search: Record<string, unknown>): RuleSearch => ({
    ...(typeof search.rule === 'string' && search.rule !== '' ? { rule: search.rule } : {}),
    ...(typeof search.from === 'string' && search.from !== '' ? { from: search.from } : {}),
  }),
  component: RulePage,
})
