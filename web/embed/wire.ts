import type { Entry, Options } from './types'

/** What the wire tells of. */
export type Told = {
  entry: (entry: Entry) => void

  /** An entry is there no more. */
  gone: (id: string) => void

  /** All that there is was told. */
  ready: () => void

  /** "on", "off" while it keeps trying, "none" when there is no inbox to be had. */
  state: (state: 'on' | 'off' | 'none') => void
}

/** An answer of the server's that is no success, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly field: string,
  ) {
    super(message)
  }
}

/** Posts JSON as text, which browsers let through to another site without asking first. */
export async function post<T>(url: string, body: unknown, patience = 20_000): Promise<T> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(patience), keepalive: true })
  const said = (await answer.json().catch(() => ({}))) as T & { error?: { message?: string; field?: string } }
  if (!answer.ok) throw new Refusal(answer.status, said.error?.message ?? `status ${answer.status}`, said.error?.field ?? '')
  return said
}

/** A name that no other has. */
export const newID = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')

/** How long a page that nobody looks at follows its inbox, in milliseconds. */
const REST = 30_000

const OWN = 'rapport_anonymous_id'
const REFUSED = 'rapport_refused_id'

/** What the browser remembers, as far as it does. */
const memory = {
  get(key: string): string {
    try {
      return localStorage.getItem(key) ?? ''
    } catch {
      return ''
    }
  },
  set(key: string, value: string): void {
    try {
      localStorage.setItem(key, value)
    } catch {
      // Then the next page has another visitor.
    }
  },
}

/** The id of this browser: analytics.js's, so that both speak of the same visitor, unless that came to be a user's. */
function anonymousID(given: string | undefined): string {
  const theirs = memory.get('ajs_anonymous_id').replace(/^"|"$/g, '')
  for (const id of [given, theirs]) if (id && id !== memory.get(REFUSED)) return id
  let own = memory.get(OWN)
  if (!own) memory.set(OWN, (own = newID()))
  return own
}

/** Forgets who was here. */
export function forget(refused = ''): void {
  if (refused) memory.set(REFUSED, refused)
  memory.set(OWN, '')
}

/** Who is there, as every call of the page says it. */
export function who(options: Options): Record<string, string> {
  const { writeKey, userId, userHash = '' } = options
  return userId ? { writeKey, userId, userHash } : { writeKey, anonymousId: anonymousID(options.anonymousId) }
}

/** The call by which a browser says at which address notifications reach it. To have asked the person is consent. */
export function subscribed(options: Options, address: string): Record<string, unknown> {
  return {
    ...who(options),
    messageId: newID(),
    traits: { consent: { 'web-push': true } },
    context: { externalIds: [{ id: address, type: 'web-push', collection: 'users', encoding: 'none' }] },
  }
}

/** The line to the server: a session, and what it streams. */
export class Wire {
  #session = ''
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #rest: ReturnType<typeof setTimeout> | undefined
  #resting = false
  #tries = 0
  #renamed = false
  #closed = false

  constructor(
    readonly options: Options,
    readonly host: string,
    readonly told: Told,
  ) {}

  close(): void {
    this.#closed = true
    this.#source?.close()
    clearTimeout(this.#timer)
    clearTimeout(this.#rest)
  }

  /**
   * Rests while nobody looks, and goes on when somebody does: over HTTP/1.1 a browser has six connections to a server,
   * and each page that follows its inbox holds one.
   */
  attend(looking: boolean): void {
    clearTimeout(this.#rest)
    if (looking && this.#resting) {
      this.#resting = false
      void this.open()
    } else if (!looking && this.#source) {
      this.#rest = setTimeout(() => {
        this.#resting = true
        this.#source?.close()
        clearTimeout(this.#timer)
      }, REST)
    }
  }

  /** Opens a session and follows it, and again whenever that ends, until close. */
  async open(): Promise<void> {
    clearTimeout(this.#timer)
    this.#source?.close()
    if (this.#closed) return
    try {
      await this.#enter()
    } catch (error) {
      const refusal = error instanceof Refusal && error.status < 500 && error.status !== 429
      if (!refusal) this.#later()
      else this.told.state('none')
      if (refusal) console.error(`Rapport: ${error.message}`)
      return
    }
    if (this.#closed) return
    const source = new EventSource(`${this.host}/v1/web/stream?session=${encodeURIComponent(this.#session)}`)
    this.#source = source
    source.addEventListener('entry', (e) => this.told.entry(JSON.parse((e as MessageEvent<string>).data) as Entry))
    source.addEventListener('gone', (e) => this.told.gone(JSON.parse((e as MessageEvent<string>).data) as string))
    source.addEventListener('ready', () => {
      this.#tries = 0
      this.told.state('on')
    })
    source.addEventListener('bye', () => this.#later())
    source.addEventListener('error', () => {
      this.told.state('off')
      if (source.readyState === EventSource.CLOSED) this.#later()
    })
  }

  /** Asks for something in the session's name. */
  async call(path: 'seen' | 'act' | 'say', body: Record<string, unknown>): Promise<void> {
    if (!this.#session) throw new Error('there is no session')
    const ask = (): Promise<unknown> => post(`${this.host}/v1/web/${path}`, { ...body, session: this.#session })
    try {
      await ask()
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) throw error
      await this.#enter() // it had expired
      await ask()
    }
  }

  async #enter(): Promise<void> {
    const me = who(this.options)
    try {
      const opened = await post<{ session: string; entries: Entry[] }>(`${this.host}/v1/web/session`, me)
      this.#session = opened.session
      for (const entry of opened.entries) this.told.entry(entry)
      this.told.ready()
    } catch (error) {
      // The browser's id came to be a user's, who is signed in no more: whoever is here now is somebody else.
      if (!(error instanceof Refusal && error.status === 401 && error.field === 'anonymousId') || this.#renamed) throw error
      this.#renamed = true
      forget(me.anonymousId)
      await this.#enter()
    }
  }

  #later(): void {
    this.#source?.close()
    clearTimeout(this.#timer)
    this.told.state('off')
    const wait = Math.min(60_000, 1000 * 2 ** this.#tries++) * (0.5 + Math.random())
    this.#timer = setTimeout(() => void this.open(), wait)
  }
}
