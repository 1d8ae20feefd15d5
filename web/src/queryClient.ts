import { QueryCache, QueryClient } from '@tanstack/react-query'

import { ApiError } from '@api/client'
import { workspaceQuery } from '@api/queries'

/** One client for the console. Whoever is signed out anywhere is asked to sign in. */
export function makeQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const workspace = query.queryKey[0] === workspaceQuery.queryKey[0]
        if (error instanceof ApiError && error.status === 401 && !workspace) void client.invalidateQueries(workspaceQuery)
      },
    }),
    defaultOptions: {
      queries: {
        retry: (times, error) => times < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: (times) => 500 * 2 ** times,
        refetchOnWindowFocus: true,
        gcTime: 15 * 60_000,
      },
    },
  })
  return client
}
