import { card, plain, steps } from './card'
import { h, icon, sync } from './element'
import { dress } from './style'
import type { Entry, Next, Options, Words } from './types'

/** What the drawer asks of who holds the entries. */
export type Desk = {
  entries: () => Entry[]
  seen: (entries: Entry[]) => void
  dismiss: (entry: Entry) => void
  act: (entry: Entry, next: Next) => void
  say: (text: string) => void

  /** Sends again what the person said and could not be sent. */
  again: (entry: Entry) => void
}

type Tab = 'messages' | 'chat'

const bell = 'M18 9a6 6 0 0 0-12 0c0 6-2.5 7-2.5 8h17c0-1-2.5-2-2.5-8M10 20.5a2.2 2.2 0 0 0 4 0'
const cross = 'M6 6l12 12M18 6L6 18'

const fresh = (e: Entry): boolean => e.kind !== 'said' && !e.seen && !e.dismissed

/** The bell in the corner, and what it opens. */
export class Drawer {
  readonly host = h('div', { 'data-rapport': '' })
  #root = this.host.attachShadow({ mode: 'open' })
  #tab: Tab = 'messages'
  #tabs: Partial<Record<Tab, HTMLButtonElement>> = {}
  #panels: Partial<Record<Tab, HTMLElement>> = {}
  #count = h('span', { class: 'count', 'aria-hidden': 'true', hidden: true })
  #bell: HTMLButtonElement
  #dialog: HTMLDialogElement
  #status = h('div', { class: 'sr', role: 'status' })
  #list = h('ul', { class: 'list', tabindex: 0 })
  #log: HTMLElement
  #notes: Record<Tab, HTMLElement> = { messages: h('p', { class: 'note' }), chat: h('p', { class: 'note' }) }
  #state: 'loading' | 'on' | 'off' = 'loading'
  #told: Set<string> | undefined // entries that were there when all were told, or were announced since

  constructor(
    readonly options: Options,
    readonly words: Words,
    readonly desk: Desk,
  ) {
    dress(this.#root)
    this.host.dataset.side = options.side ?? 'right'
    this.#bell = h('button', { class: 'bell', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: () => this.toggle() }, icon(bell), this.#count)
    this.#list.setAttribute('aria-label', words.messages)
    this.#log = h('div', { class: 'list', role: 'log', tabindex: 0, 'aria-label': words.chat })
    this.#dialog = h('dialog', { class: 'drawer', 'aria-label': words.messages, onclose: () => this.#closed(), onkeydown: (e: KeyboardEvent) => this.#key(e) })
    this.#panels.messages = h('div', { class: 'panel' }, this.#notes.messages, this.#list)
    if (options.chat !== false) this.#panels.chat = h('div', { class: 'panel' }, this.#notes.chat, this.#log, this.#composer())
    this.#dialog.append(this.#head(), ...Object.values(this.#panels))
    this.#root.append(this.#bell, this.#dialog, this.#status)
    this.draw()
  }

  #head(): HTMLElement {
    const close = h('button', { class: 'quiet', type: 'button', 'aria-label': this.words.close, onclick: () => this.#dialog.close() }, icon(cross))
    if (!this.#panels.chat) return h('div', { class: 'head' }, h('h2', { class: 'title' }, this.words.messages), close)
    for (const tab of ['messages', 'chat'] as const) {
      this.#tabs[tab] = h('button', { class: 'tab', type: 'button', role: 'tab', id: tab, 'aria-controls': `${tab}-panel`, onclick: () => this.show(tab) }, this.words[tab])
      for (const [name, value] of [['role', 'tabpanel'], ['id', `${tab}-panel`], ['aria-labelledby', tab]] as const) this.#panels[tab]?.setAttribute(name, value)
    }
    return h('div', { class: 'head' }, h('div', { class: 'tabs', role: 'tablist', 'aria-label': this.words.messages }, ...Object.values(this.#tabs)), close)
  }

  #composer(): HTMLElement {
    const field = h('textarea', { id: 'text', rows: 1, maxlength: 2000, placeholder: this.words.write, autocomplete: 'off' })
    const send = (): void => {
      const text = field.value.trim()
      if (text) this.desk.say(text)
      field.value = ''
      field.focus()
    }
    field.addEventListener('keydown', (e) => {
      if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return
      e.preventDefault()
      send()
    })
    const submitted = (e: Event): void => {
      e.preventDefault()
      send()
    }
    return h('form', { class: 'write', onsubmit: submitted }, h('label', { class: 'sr', for: 'text' }, this.words.write), field, h('button', { type: 'submit' }, this.words.send))
  }

  get isOpen(): boolean {
    return this.#dialog.open
  }

  toggle(): void {
    if (this.isOpen) this.#dialog.close()
    else this.show()
  }

  /** Opens the drawer, at a tab or where it was. */
  show(tab: Tab = this.#panels.chat && !this.desk.entries().some((e) => e.kind === 'message' && fresh(e)) && this.#talking() ? 'chat' : this.#tab): void {
    this.#tab = this.#panels[tab] ? tab : 'messages'
    const opened = !this.isOpen
    // Where it covers the page, what is under it cannot be reached.
    if (opened && matchMedia('(max-width:480px)').matches) this.#dialog.showModal()
    else if (opened) this.#dialog.show()
    this.#bell.setAttribute('aria-expanded', 'true')
    this.draw()
    if (this.#tab === 'chat') this.#log.scrollTop = this.#log.scrollHeight
    if (opened || this.#tab === 'chat') (this.#tab === 'chat' ? this.#root.getElementById('text') : (this.#tabs.messages ?? this.#list))?.focus()
  }

  close(): void {
    this.#dialog.close()
  }

  #talking(): boolean {
    return this.desk.entries().findLast((e) => e.kind !== 'message') !== undefined
  }

  #closed(): void {
    this.#bell.setAttribute('aria-expanded', 'false')
    this.#bell.focus()
    this.draw()
  }

  #key(e: KeyboardEvent): void {
    const order: Tab[] = ['messages', 'chat']
    const at = order.findIndex((t) => e.target === this.#tabs[t])
    if (e.key === 'Escape') this.#dialog.close()
    else if (at >= 0 && (e.key === 'ArrowLeft' || e.key === 'ArrowRight')) {
      this.show(order[1 - at])
      this.#tabs[this.#tab]?.focus()
    }
  }

  /** All that there is was told: what comes from now on is announced. */
  settled(): void {
    this.#told ??= new Set(this.desk.entries().map((e) => e.id))
  }

  set state(state: 'on' | 'off') {
    // What is there stays in sight while the line is down.
    if (state === 'on' || this.#state === 'loading') this.#state = state
    this.draw()
  }

  /** Draws the entries as they are. */
  draw(): void {
    const entries = this.desk.entries()
    const messages = entries.filter((e) => e.kind === 'message' && !e.dismissed).reverse()
    const talk = entries.filter((e) => e.kind !== 'message')
    for (const tab of ['messages', 'chat'] as const) {
      const on = this.#tab === tab
      this.#tabs[tab]?.setAttribute('aria-selected', String(on))
      this.#tabs[tab]?.setAttribute('tabindex', on ? '0' : '-1')
      if (this.#panels[tab]) this.#panels[tab].hidden = !on
      const none = (tab === 'chat' ? talk : messages).length === 0
      this.#notes[tab].hidden = !none
      this.#notes[tab].textContent = this.#state === 'loading' ? this.words.loading : this.#state === 'off' ? this.words.off : tab === 'chat' ? this.words.emptyChat : this.words.empty
    }
    this.#list.hidden = messages.length === 0
    sync(this.#list, messages, (e) => e.id, (e) => this.#message(e))
    const near = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80
    const last = talk.at(-1)?.id
    sync(this.#log, talk.map((e) => ({ ...e, last: e.id === last })), (e) => e.id, (e) => this.#turn(e, e.last))
    if (near) this.#log.scrollTop = this.#log.scrollHeight
    this.#look(messages, talk)
    const unread = entries.filter(fresh).length
    this.#count.textContent = unread > 99 ? '99+' : String(unread)
    this.#count.hidden = unread === 0
    this.#bell.setAttribute('aria-label', unread ? `${this.words.open}, ${this.words.unread(unread)}` : this.words.open)
    this.#announce(entries)
  }

  /** What is in sight was seen. */
  #look(messages: Entry[], talk: Entry[]): void {
    if (!this.isOpen || document.hidden) return
    const seen = (this.#tab === 'chat' ? talk : messages).filter(fresh)
    if (seen.length) this.desk.seen(seen)
  }

  #announce(entries: Entry[]): void {
    if (!this.#told) return
    for (const e of entries) {
      if (this.#told.has(e.id)) continue
      this.#told.add(e.id)
      // The log speaks for itself where it is in sight.
      if (e.kind !== 'said' && !(this.isOpen && this.#tab === 'chat' && e.kind === 'answer')) {
        this.#status.textContent = this.words.arrived(e.card?.headline ?? e.card?.text ?? '')
      }
    }
  }

  #message(e: Entry): HTMLElement {
    const element = card(e.card ?? { text: '', next: [], dir: 'ltr' }, {
      act: (n) => this.desk.act(e, n),
      dismiss: () => {
        this.desk.dismiss(e)
        ;(this.#tabs.messages ?? this.#bell).focus()
      },
      dismissWord: this.words.dismiss,
    })
    if (!e.seen) element.classList.add('new')
    return h('li', {}, element)
  }

  #turn(e: Entry, last: boolean): HTMLElement {
    if (e.kind === 'said') {
      const state =
        e.state === 'failed'
          ? h('div', { class: 'state failed' }, `${this.words.failed} `, h('button', { type: 'button', onclick: () => this.desk.again(e) }, this.words.again))
          : e.state === 'sending' && h('div', { class: 'state' }, this.words.sending)
      return h('div', { class: 'turn mine' }, h('div', { class: 'said' }, h('span', { class: 'sr' }, `${this.words.you}: `), e.text ?? ''), state)
    }
    const next = last ? (e.card?.next ?? []) : []
    return h(
      'div',
      { class: 'turn', dir: e.card?.dir, lang: e.card?.locale || undefined },
      e.by ? h('p', { class: 'by' }, e.by) : h('span', { class: 'sr' }, `${this.words.us}: `),
      h('div', { class: 'card' }, plain(e.card?.text ?? ''), next.length > 0 && steps(next, (n) => this.desk.act(e, n))),
    )
  }
}
