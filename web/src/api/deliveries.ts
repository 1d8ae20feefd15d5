import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'

import { call } from './client'
import type { Resent } from './types'

/** Lets a delivery of a person go out once more. */
export function useResend(person: string): UseMutationResult<Resent, Error, string> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (delivery) => call<Resent>('/deliveries/resend', { method: 'POST', body: { person, delivery } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['person', person] }),
  })
}
