import { useEffect, useRef, useState } from 'react'

import type { LiveEvent } from '@api/types'

/** As many rows as are kept: the newest. */
const KEPT = 300

export interface Arrivals {
  /** Newest first. */
  events: LiveEvent[]
  /** Those that went by because this reader was away or too slow. */
  dropped: number
  state: 'opening' | 'open' | 'lost'
}

interface Filter {
  source?: string | undefined
  kind?: string | undefined
  event?: string | undefined
  outcome?: string | undefined
}

/**
 * Listens to what arrives, as server-sent events. While paused the stream is shut,
 * and what was missed comes when it goes on, as far as the server still holds it.
 */
export function useArrivals(filter: Filter, paused: boolean): Arrivals {
  const [arrivals, setArrivals] = useState<Arrivals>({ events: [], dropped: 0, state: 'opening' })
  const last = useRef('')
  const key = new URLSearchParams(Object.entries(filter).filter((pair): pair is [string, string] => Boolean(pair[1]))).toString()
  const shown = useRef(key)
  useEffect(() => {
    if (shown.current !== key) {
      shown.current = key
      last.current = ''
      setArrivals({ events: [], dropped: 0, state: 'opening' })
    }
    if (paused) return undefined
    const stream = new EventSource(`/api/v1/events/live?backlog=50&${key}${last.current ? `&last_event_id=${encodeURIComponent(last.current)}` : ''}`)
    stream.addEventListener('open', () => setArrivals((a) => ({ ...a, state: 'open' })))
    stream.addEventListener('error', () => setArrivals((a) => ({ ...a, state: 'lost' })))
    stream.addEventListener('arrived', (e: MessageEvent<string>) => {
      const event = JSON.parse(e.data) as LiveEvent
      last.current = event.id
      setArrivals((a) => ({ ...a, state: 'open', events: [event, ...a.events.filter((o) => o.id !== event.id)].slice(0, KEPT) }))
    })
    stream.addEventListener('dropped', (e: MessageEvent<string>) => {
      const { dropped } = JSON.parse(e.data) as { dropped: number }
      setArrivals((a) => ({ ...a, dropped: a.dropped + dropped }))
    })
    return () => stream.close()
  }, [key, paused])
  return arrivals
}
