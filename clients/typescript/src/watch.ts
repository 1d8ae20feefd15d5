import { EventSourceParserStream } from 'eventsource-parser/stream'

import { pause, RapportError } from './asking.js'
import type { components, operations } from './schema.gen.js'

/** An event as it arrived, before it is folded. */
export type LiveEvent = components['schemas']['LiveEvent']

/** Which events, and how many of the latest to begin with. */
export type WatchFilter = Omit<NonNullable<operations['watch-events']['parameters']['query']>, 'last_event_id'>

/** The events of the live view. See Rapport.watch. */
export async function* watch(
  options: { url: string; adminToken?: string },
  ask: (request: Request) => Promise<Response>,
  filter: WatchFilter,
  signal?: AbortSignal,
): AsyncGenerator<LiveEvent, void, undefined> {
  const at = new URL(`${options.url.replace(/\/+$/, '')}/api/v1/events/live`)
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) at.searchParams.set(name, String(value))
  }
  let last = ''
  let retry = 2000
  // Ends the request when the reader leaves the loop.
  const left = new AbortController()
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal
  try {
    while (!stop.aborted) {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (options.adminToken) headers.Authorization = `Bearer ${options.adminToken}`
      if (last) headers['Last-Event-ID'] = last
      try {
        const answer = await ask(new Request(at, { headers, signal: stop }))
        if (!answer.body) throw new RapportError(0, 'the answer has no body')
        const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream({ onRetry: (ms) => (retry = ms) }))
        for await (const event of events) {
          if (event.id) last = event.id
          if (event.event === 'arrived') yield JSON.parse(event.data) as LiveEvent
        }
      } catch (cause) {
        if (stop.aborted) return
        if (cause instanceof RapportError && cause.status !== 0) throw cause
        // the connection broke
      }
      await pause(retry, stop).catch(() => undefined)
    }
  } finally {
    left.abort()
  }
}
