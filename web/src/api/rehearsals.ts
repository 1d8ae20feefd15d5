import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { call } from './client'
import type { Faces, Frame, Rehearsal, RehearsalAsk, RehearsalFrames, Story } from './types'

export const rehearsalsQuery = queryOptions({
  queryKey: ['rehearsals'],
  queryFn: ({ signal }) => call<{ rehearsals: Rehearsal[] }>('/rehearsals', { signal }),
})

const at = (id: string): string => `/rehearsals/${encodeURIComponent(id)}`

/** One life, as of the day that the rehearsal has reached. */
export const storyQuery = (id: string, person: number, day: number) =>
  queryOptions({
    queryKey: ['rehearsals', id, 'story', person, day],
    queryFn: ({ signal }) => call<Story>(`${at(id)}/people/${person}`, { signal }),
    staleTime: Infinity,
    retry: 1,
  })

/** People of a rehearsal, as of the day that it has reached. */
export const facesQuery = (id: string, who: { truth?: number; state?: number; bin?: number }, day: number) =>
  queryOptions({
    queryKey: ['rehearsals', id, 'people', who, day],
    queryFn: ({ signal }) => call<Faces>(`${at(id)}/people?truth=${who.truth ?? -1}&state=${who.state ?? -1}&bin=${who.bin ?? -1}`, { signal }),
    staleTime: Infinity,
    retry: 1,
  })

/** A change of rehearsals: the list is asked again. */
function useChange<T, V>(mutationFn: (v: V) => Promise<T>): UseMutationResult<T, Error, V> {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ['rehearsals'], exact: true }) })
}

export const useStartRehearsal = (): UseMutationResult<Rehearsal, Error, RehearsalAsk> => useChange((body) => call('/rehearsals', { method: 'POST', body }))

export type Order = 'pause' | 'resume' | 'step' | 'stop'

export const useOrder = (id: string): UseMutationResult<Rehearsal, Error, Order> => useChange((order) => call(`${at(id)}/${order}`, { method: 'POST' }))

export const useSpeed = (id: string): UseMutationResult<Rehearsal, Error, number> => useChange((speed) => call(`${at(id)}/speed`, { method: 'PUT', body: { speed } }))

export interface Played {
  rehearsal?: Rehearsal
  frames: Frame[]
  error?: Error
}

const final = (r: Rehearsal): boolean => r.condition === 'over' || r.condition === 'stopped' || r.condition === 'failed'

/** All days of a rehearsal, as they are lived. Each answer waits for the next day. */
export function usePlayed(id: string | undefined): Played {
  const [played, setPlayed] = useState<Played & { id?: string | undefined }>({ frames: [] })
  useEffect(() => {
    if (!id) return undefined
    const stop = new AbortController()
    void follow(id, stop.signal, (p) => setPlayed({ ...p, id }))
    return () => stop.abort()
  }, [id])
  return played.id === id ? played : { frames: [] }
}

async function follow(id: string, signal: AbortSignal, show: (p: Played) => void): Promise<void> {
  let frames: Frame[] = []
  let rehearsal: Rehearsal | undefined
  while (!signal.aborted) {
    try {
      const wait = rehearsal ? '&wait=true' : ''
      const page: RehearsalFrames = await call(`${at(id)}/frames?after=${frames.length}${wait}`, { signal })
      frames = [...frames, ...page.frames]
      rehearsal = page.rehearsal
      show({ rehearsal, frames })
      if (final(rehearsal) && frames.length >= rehearsal.frames) return
    } catch (error) {
      if (signal.aborted) return
      show({ ...(rehearsal ? { rehearsal } : {}), frames, error: error as Error })
      return
    }
  }
}
