import { createRoute } from '@tanstack/react-router'

import { segmentQuery, segmentsQuery } from '@api/queries'

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
