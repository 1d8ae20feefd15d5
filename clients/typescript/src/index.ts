/**
 * The client of Rapport. Its types are those of the server's OpenAPI description.
 * @packageDocumentation
 */
import createClient, { type Client } from 'openapi-fetch'

import { asking } from './asking.js'
import type { components, paths } from './schema.gen.js'
import { watch, type LiveEvent, type WatchFilter } from './watch.js'

export { RapportError } from './asking.js'
export type { LiveEvent, WatchFilter } from './watch.js'
export type { components, paths } from './schema.gen.js'

/** The schemas of the API by name: `Schemas['Person']`. */
export type Schemas = components['schemas']

/** A call of the tracking API. */
export type TrackingCall = Schemas['TrackingCall']

/** A call within a batch. */
export type BatchedCall = Schemas['BatchedCall']

export type Kind = 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias'

export interface Options {
  /** Where Rapport is, such as https://rapport.example.com. */
  url: string

  /** The write key of a source. Without it nothing can be sent. */
  writeKey?: string

  /** The admin token. Without it nothing can be asked. It belongs on servers only, never in a browser. */
  adminToken?: string

  /** How often a call is made that the server puts off, or that gets no answer. Defaults to 5. */
  attempts?: number

  /** Defaults to the global fetch. */
  fetch?: (request: Request) => Promise<Response>
}

/** What a server answered, when it was no error. */
type Data<T> = T extends { data?: infer D } ? NonNullable<D> : never

export class Rapport {
  /**
   * Every endpoint, typed by its path: `ok(rapport.api.GET('/api/v1/people/{id}', …))`. What
   * is refused throws {@link RapportError}.
   */
  readonly api: Client<paths>

  readonly #tracking: Client<paths>
  readonly #options: Options
  readonly #fetch: (request: Request) => Promise<Response>

  constructor(options: Options) {
    this.#options = options
    this.#fetch = asking(options.fetch ?? ((request) => fetch(request)), options.attempts ?? 5)
    const at = { baseUrl: options.url.replace(/\/+$/, ''), fetch: this.#fetch }
    this.api = createClient<paths>({ ...at, headers: options.adminToken ? { Authorization: `Bearer ${options.adminToken}` } : {} })
    this.#tracking = createClient<paths>({ ...at, headers: options.writeKey ? { Authorization: `Basic ${btoa(`${options.writeKey}:`)}` } : {} })
  }

  /** Something that a person did. Resolves when it is durable. */
  track(call: TrackingCall & { event: string }): Promise<void> {
    return this.send('track', call)
  }

  /** Who a person is. */
  identify(call: TrackingCall): Promise<void> {
    return this.send('identify', call)
  }

  /** A page that a person looked at. */
  page(call: TrackingCall): Promise<void> {
    return this.send('page', call)
  }

  /** The account that a person belongs to. */
  group(call: TrackingCall & { groupId: string }): Promise<void> {
    return this.send('group', call)
  }

  /** Another id of the same person. */
  alias(call: TrackingCall & { previousId: string }): Promise<void> {
    return this.send('alias', call)
  }

  /**
   * Sends one call. It gets a message id here, so that the server knows a call that is
   * made again. Throws {@link RapportError} when it is refused.
   */
  async send(kind: Kind, call: TrackingCall): Promise<void> {
    await ok(this.#tracking.POST(`/v1/${kind}`, { body: named(call) }))
  }

  /**
   * Sends up to 2,500 calls at once. What could not be read is in `rejected`, and waits in
   * the dead letters; the rest is durable.
   */
  async batch(calls: BatchedCall[]): Promise<Schemas['BatchAnswer']> {
    return ok(this.#tracking.POST('/v1/batch', { body: { batch: calls.map(named), sentAt: new Date().toISOString() } }))
  }

  /** Asks the archive a question in SQL, and gives its rows as objects by column. */
  async sql(sql: string, limit?: number): Promise<Record<string, unknown>[]> {
    const answer = await ok(this.api.POST('/api/v1/questions/run', { body: limit === undefined ? { sql } : { sql, limit } }))
    return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, i) => [column.name, row[i]])))
  }

  /**
   * The events that arrive, as they arrive, until the signal ends it or the loop is left.
   * A connection that breaks is made again, and goes on where it was.
   */
  watch(filter: WatchFilter = {}, signal?: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    return watch(this.#options, this.#fetch, filter, signal)
  }
}

/** Gives what was answered without its wrapping. */
export async function ok<T extends { data?: unknown }>(answer: Promise<T>): Promise<Data<T>> {
  return (await answer).data as Data<T>
}

const named = <T extends { messageId?: string }>(call: T): T & { messageId: string } => ({ ...call, messageId: call.messageId ?? crypto.randomUUID() })
