import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { TipProvider } from '@ui/Tip'

import { makeQueryClient } from './queryClient'
import { makeRouter } from './router'
import { applyTheme } from '@lib/theme'
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'

applyTheme()
const queryClient = makeQueryClient()
const router = makeRouter(queryClient)

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TipProvider>
        <RouterProvider router={router} />
      </TipProvider>
    </QueryClientProvider>
  </StrictMode>,
)
