import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Applied, People, SimulatedLetter, StartPage } from './types'

const WAITING = 1500

/** How far the first hour is. What it waits for comes from elsewhere, so it is asked again and again until all is done. */
export const startQuery = queryOptions({
  queryKey: ['start'],
  queryFn: ({ signal }) => call<StartPage>('/start', { signal }),
  refetchInterval: (query) => (query.state.data?.done ? false : WAITING),
})

/** What went out by e-mail where no mail server is configured: to nobody, to be read here. */
export const lettersToNobodyQuery = queryOptions({
  queryKey: ['simulator', 'letters', 'email'],
  queryFn: ({ signal }) => call<{ letters: SimulatedLetter[] }>('/simulator/letters?channel=email', { signal }),
  refetchInterval: WAITING,
})

/** Who has an e-mail address, as soon as they are known. */
export const byAddressQuery = (address: string) =>
  queryOptions({
    queryKey: ['people', 'address', address],
    queryFn: ({ signal }) => call<People>(`/people?identity=${encodeURIComponent(`email:${address}`)}`, { signal }),
    refetchInterval: WAITING,
  })

export function useTemplate(): UseMutationResult<Applied, Error, StartPage['templates'][number]['id']> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (template) => call<Applied>('/start/template', { method: 'POST', body: { template } }),
    onSuccess: () => client.invalidateQueries(),
  })
}

/** Says to the tracking API that somebody with an address is here, agrees to be written to, and did something. */
export function useBeCustomer(): UseMutationResult<unknown, Error, { key: string; address: string; event: string }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ key, address, event }) => {
      const answer = await fetch('/v1/batch', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa(`${key}:`)}` },
        body: JSON.stringify({ batch: customer(address, event) }),
      })
      if (!answer.ok) throw new Error(`The events were refused (${answer.status}). Make another write key in the second step.`)
    },
    onSuccess: () => client.invalidateQueries(),
  })
}

const customer = (address: string, event: string): object[] => [
  { type: 'identify', userId: address, traits: { email: address, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, consent: { email: true } } },
  { type: 'track', userId: address, event, properties: { revenue: 20 } },
]
