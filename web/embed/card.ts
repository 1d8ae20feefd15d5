import { h, icon, markup, safe } from './element'
import type { Card, Next } from './types'

export type Act = (next: Next) => void

const cross = 'M6 6l12 12M18 6L6 18'

/** What a card lets people do: press a next step, and put it away. */
export type Doing = { act: Act; dismiss?: () => void; dismissWord?: string }

/** Draws a card: headline, picture, body, facts and next steps. */
export function card(c: Card, doing: Doing): HTMLElement {
  const element = h('article', { class: 'card', dir: c.dir, lang: c.locale || undefined })
  brand(element, c)
  const name = c.headline ?? ''
  if (name) element.append(h('h2', { class: 'headline' }, name))
  if (doing.dismiss) {
    const word = doing.dismissWord ?? ''
    element.append(h('button', { class: 'quiet dismiss', type: 'button', 'aria-label': name ? `${word}: ${name}` : word, title: word, onclick: doing.dismiss }, icon(cross)))
  }
  if (c.picture?.url && safe(c.picture.url)) {
    element.append(h('img', { src: c.picture.url, alt: c.picture.alt, loading: 'lazy', onerror: (e: Event) => (e.target as HTMLElement).remove() }))
  }
  element.append(h('div', { class: 'body' }, c.html ? markup(c.html) : plain(c.text)))
  if (c.facts?.length) element.append(h('dl', { class: 'facts' }, ...c.facts.flatMap((f) => [h('dt', {}, f.label), h('dd', {}, f.value)])))
  const next = c.next ?? []
  if (next.length) element.append(steps(next, doing.act, true))
  return element
}

/** Draws next steps or answers. Of steps the first matters most; of answers none does. */
export function steps(next: Next[], act: Act, ranked = false): HTMLElement {
  return h(
    'div',
    { class: 'steps' },
    ...next.map((n, i) =>
      n.payload
        ? h('button', { type: 'button', class: ranked && i === 0 ? 'step first' : 'step', onclick: () => act(n) }, n.label)
        : n.url && safe(n.url) && h('a', { class: ranked && i === 0 ? 'step first' : 'step', href: n.url }, n.label),
    ),
  )
}

/** Keeps the lines of a text. */
export const plain = (text: string): HTMLElement => h('p', { class: 'lines' }, text)

const colour = /^#[0-9a-f]{3,8}$/i

function brand(element: HTMLElement, c: Card): void {
  const { accent = '', on_accent: on = '' } = c.brand ?? {}
  if (!colour.test(accent) || !colour.test(on)) return
  element.style.setProperty('--accent', accent)
  element.style.setProperty('--on-accent', on)
}
