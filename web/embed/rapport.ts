/**
 * Rapport in a page: a bell with an inbox and a chat, cards in the page, and slots. It needs nothing but a browser of
 * the last years, sets no cookie, and works where a policy forbids inline scripts and styles.
 *
 *   <script src="https://rapport.shop.example/v1/web/rapport.js" data-write-key="…" defer></script>
 *
 * or, with who is signed in, Rapport.load({ writeKey, userId, userHash }).
 */
import { Drawer } from './drawer'
import { Cards, Sight, Slots } from './onpage'
import { english, type Entry, type Next, type Options } from './types'
import { forget, newID, post, subscribed, Wire } from './wire'

const script = document.currentScript as HTMLScriptElement | null

/** One visit, from load until another load or reset. */
class Visit {
  readonly #entries = new Map<string, Entry>()
  readonly #words
  readonly #host: string
  readonly #sight = new Sight()
  readonly #wire: Wire
  readonly #slots: Slots
  readonly #cards: Cards
  readonly #drawer: Drawer | undefined
  #attempts = new Map<string, () => void>() // to send what was said again, by its id
  #due = false

  constructor(readonly options: Options) {
    const host = (options.host ?? (script ? new URL(script.src).origin : location.origin)).replace(/\/$/, '')
    this.#host = host
    this.#words = { ...english, ...options.words }
    this.#wire = new Wire(options, host, {
      entry: (e) => this.#put(e),
      gone: (id) => {
        this.#entries.delete(id)
        this.#draw()
      },
      ready: () => {
        this.#drawer?.settled()
        this.state = 'on'
      },
      state: (s) => (this.state = s),
    })
    const act = (e: Entry, n: Next): void => this.#act(e, n)
    const dismiss = (e: Entry): void => this.#dismiss(e)
    this.#cards = new Cards(this.#sight, { seen: (e) => this.#seen([e]), act, dismiss, word: this.#words.dismiss })
    this.#slots = new Slots(options, host, this.#sight, (choice, n) => this.#act({ id: choice, kind: 'message', at: '' }, n))
    if (options.inbox !== false) {
      this.#drawer = new Drawer(options, this.#words, { entries: () => this.sorted, seen: (all) => this.#seen(all), dismiss, act, say: (text) => this.#say(text), again: (e) => this.#attempts.get(e.id)?.() })
    }
    document.addEventListener('visibilitychange', this.#drawn)
    this.scan()
    void this.#wire.open()
  }

  readonly #drawn = (): void => {
    this.#wire.attend(!document.hidden)
    this.#draw()
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.#drawn)
    this.#wire.close()
    this.#slots.close()
    this.#sight.close()
    this.#drawer?.host.remove()
    this.#entries.clear()
    this.#cards.draw([])
  }

  /** Looks for places that came into the page since. */
  scan(): void {
    void this.#slots.fill()
    this.#draw()
  }

  open(tab?: 'messages' | 'chat'): void {
    this.#drawer?.show(tab)
  }

  async notify(account: string, worker: string): Promise<boolean> {
    if (!('serviceWorker' in navigator && 'PushManager' in window) || (await Notification.requestPermission()) !== 'granted') return false
    await navigator.serviceWorker.register(worker)
    const registration = await navigator.serviceWorker.ready
    const { key } = (await (await fetch(`${this.#host}/c/web-push/${account}/key`)).json()) as { key: string }
    const { endpoint, keys } = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON()
    await post(`${this.#host}/v1/identify`, subscribed(this.options, `${endpoint} ${keys?.['p256dh']} ${keys?.['auth']}`))
    return true
  }

  set state(state: 'on' | 'off' | 'none') {
    if (!this.#drawer) return
    if (state === 'none') this.#drawer.host.remove()
    else {
      this.#drawer.state = state
      if (!this.#drawer.host.isConnected) document.body.append(this.#drawer.host)
    }
  }

  get sorted(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  }

  #put(e: Entry): void {
    this.#entries.set(e.id, e)
    this.#draw()
  }

  /** Draws once for all that comes at a time. */
  #draw(): void {
    if (this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      this.#drawer?.draw()
      this.#cards.draw(this.sorted)
    })
  }

  #seen(all: Entry[]): void {
    const entries = all.filter((e) => !this.#entries.get(e.id)?.seen).map((e) => e.id)
    for (const e of all) this.#put({ ...e, seen: true })
    // What is not noted is new again the next time.
    if (entries.length) this.#wire.call('seen', { entries }).catch(() => undefined)
  }

  #dismiss(e: Entry): void {
    this.#put({ ...e, seen: true, dismissed: true })
    this.#wire.call('seen', { entries: [e.id], dismissed: true }).catch(() => this.#put(e))
  }

  #act(e: Entry, n: Next): void {
    const id = newID()
    if (e.card) this.#put({ ...e, seen: true, acted: true })
    this.#send({ id, kind: 'said', at: new Date().toISOString(), text: n.label }, 'act', { entry: e.id, payload: n.payload, id })
  }

  #say(text: string): void {
    const id = newID()
    this.#send({ id, kind: 'said', at: new Date().toISOString(), text }, 'say', { text, id })
  }

  /** Sends what the person says, which is in sight at once. The same id sent twice counts once. */
  #send(said: Entry, path: 'act' | 'say', body: Record<string, unknown>): void {
    const attempt = (): void => {
      this.#put({ ...said, state: 'sending' })
      const now = (): string | undefined => this.#entries.get(said.id)?.state // none: the server has told it
      this.#wire.call(path, body).then(
        () => now() && this.#put(said),
        () => now() && this.#put({ ...said, state: 'failed' }),
      )
    }
    this.#attempts.set(said.id, attempt)
    attempt()
    this.open('chat')
  }
}

let visit: Visit | undefined

/** What pages call, as window.Rapport. */
const api = {
  /** Begins: call it again when somebody signs in, with their userId and userHash. */
  load(options: Options): void {
    visit?.close()
    visit = new Visit(options)
  },

  /** Forgets who is here, as when they sign out, and goes on with a visitor that nobody knows. */
  reset(): void {
    const options = visit?.options
    forget()
    if (options) api.load({ ...options, userId: undefined, userHash: undefined, anonymousId: undefined })
  },

  /** Looks for slots and cards that came into the page since, as in an app of one page. */
  scan: (): void => visit?.scan(),

  open: (tab?: 'messages' | 'chat'): void => visit?.open(tab),

  /**
   * Asks for notifications, when somebody has pressed something that says so: account is that of the channel web-push,
   * worker the file of this site that imports /v1/web/push.js. It tells whether they are shown from now on.
   */
  notify: async ({ account, worker = '/rapport-push.js' }: { account: string; worker?: string }): Promise<boolean> => (visit ? visit.notify(account, worker) : false),
}

declare global {
  interface Window {
    Rapport: typeof api
  }
}

window.Rapport = api

const { writeKey, host, userId, userHash } = script?.dataset ?? {}
if (writeKey) {
  const begin = (): void => api.load({ writeKey, host, userId, userHash })
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin)
  else begin()
}
