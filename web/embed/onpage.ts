import { card, type Act } from './card'
import { dress } from './style'
import { post, Refusal, who } from './wire'
import type { Card, Entry, Next, Options } from './types'

/** Puts a card in the place of what an element holds; no card puts that back. */
export function fill(element: Element, c: Card | undefined, act: Act, dismiss?: () => void, dismissWord?: string): void {
  const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
  if (c) dress(root)
  else root.adoptedStyleSheets = [] // what is the page's own looks as the page says
  root.replaceChildren(c ? card(c, { act, dismiss, dismissWord }) : document.createElement('slot'))
}

/** Calls back once for each element, when half of it, or half a window of it, is in sight. */
export class Sight {
  #waiting = new Map<Element, () => void>()
  #observer = new IntersectionObserver(
    (all) => {
      for (const { target, intersectionRatio, intersectionRect } of all) {
        const seen = this.#waiting.get(target)
        if (!seen || (intersectionRatio < 0.5 && intersectionRect.height < innerHeight / 2) || document.hidden) continue
        this.#forget(target)
        seen()
      }
    },
    { threshold: [0, 0.5, 1] },
  )

  wait(element: Element, seen: () => void): void {
    this.#forget(element)
    this.#waiting.set(element, seen)
    this.#observer.observe(element)
  }

  #forget(element: Element): void {
    this.#waiting.delete(element)
    this.#observer.unobserve(element)
  }

  close(): void {
    this.#observer.disconnect()
    this.#waiting.clear()
  }
}

/** The newest messages, one in each element that has data-rapport-card. */
export class Cards {
  #shown = new Map<Element, string>()

  constructor(
    readonly sight: Sight,
    readonly doing: { seen: (e: Entry) => void; act: (e: Entry, n: Next) => void; dismiss: (e: Entry) => void; word: string },
  ) {}

  draw(entries: Entry[]): void {
    const messages = entries.filter((e) => e.kind === 'message' && !e.dismissed && !e.acted).reverse()
    let at = 0
    for (const element of document.querySelectorAll('[data-rapport-card]')) {
      const e = messages[at++]
      if ((this.#shown.get(element) ?? '') === (e?.id ?? '')) continue
      this.#shown.set(element, e?.id ?? '')
      if (!e) {
        fill(element, undefined, () => undefined)
        continue
      }
      fill(element, e.card, (n) => this.doing.act(e, n), () => this.doing.dismiss(e), this.doing.word)
      if (!e.seen) this.sight.wait(element, () => this.doing.seen(e))
    }
  }
}

type Choice = { choice?: string; content: Card | null; fallback?: boolean }

/** Asks what to show in the elements that have data-rapport-slot, fills them, and says what was seen. */
export class Slots {
  #asked = new WeakSet<Element>()
  #filled = new Set<Element>()
  #closed = false

  constructor(
    readonly options: Options,
    readonly host: string,
    readonly sight: Sight,
    readonly act: (choice: string, n: Next) => void,
  ) {}

  /** Gives places back what is their own: what was chosen was for who was there. */
  close(): void {
    this.#closed = true
    for (const element of this.#filled) fill(element, undefined, () => undefined)
  }

  /** Fills the places that are new since the last time. An element keeps its own content where nothing else is to be shown. */
  async fill(): Promise<void> {
    const places = new Map<string, Element>()
    for (const element of document.querySelectorAll<HTMLElement>('[data-rapport-slot]')) {
      const id = element.dataset.rapportSlot
      if (!id || this.#asked.has(element)) continue
      this.#asked.add(element)
      if (!places.has(id)) places.set(id, element)
    }
    if (places.size === 0) return
    const { within = '200ms' } = this.options
    try {
      const body = { ...who(this.options), slots: [...places.keys()], within }
      const answer = await post<{ slots: Record<string, Choice> }>(`${this.host}/v1/decide`, body, 8000)
      for (const [id, element] of places) this.#show(element, answer.slots[id])
    } catch (error) {
      if (error instanceof Refusal) console.error(`Rapport: ${error.message}`)
    }
  }

  #show(element: Element, c: Choice | undefined): void {
    if (!c) return
    const choice = c.choice
    const there = element.isConnected && !this.#closed
    if (c.content && there) {
      fill(element, c.content, (n) => choice && this.act(choice, n))
      this.#filled.add(element)
    }
    if (!choice) return
    if (!there) void this.#served(choice, false, 'its place was gone')
    else this.sight.wait(element, () => void this.#served(choice, true))
  }

  async #served(choice: string, served: boolean, why?: string): Promise<void> {
    const { writeKey } = this.options
    // What cannot be said counts as not served, as nothing is learned from it.
    await post(`${this.host}/v1/served`, { writeKey, choice, served, why }).catch(() => undefined)
  }
}
