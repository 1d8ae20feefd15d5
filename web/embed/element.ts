type Props = Record<string, string | number | boolean | undefined | ((event: never) => void)>
type Child = Node | string | undefined | false | null

/** Makes an element. What begins with "on" listens; what is undefined or false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((c): c is Node | string => typeof c === 'string' ? c !== '' : c instanceof Node))
  return element
}

/** Draws one path of 24 by 24, which says nothing to who cannot see it. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

const tags = new Set(['p', 'h1', 'h2', 'h3', 'ul', 'ol', 'li', 'blockquote', 'hr', 'pre', 'code', 'strong', 'em', 'br', 'a', 'del'])
const alone = new Set(['hr', 'br'])
const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

const decode = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string | undefined, dec: string | undefined, name: string | undefined) => {
    if (name) return names[name.toLowerCase()] ?? whole
    const code = hex ? parseInt(hex, 16) : Number(dec)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** Whether an address is one that people may be led to. */
export const safe = (url: string): boolean => /^(https?:|mailto:|tel:|\/(?!\/))/i.test(url.trim())

/**
 * Builds what the server made of Markdown, element by element: tags of a short list and no attribute but a link's
 * address. So a page needs to allow neither inline styles nor HTML from text (Trusted Types), and nothing can run.
 */
export function markup(html: string): DocumentFragment {
  const out = document.createDocumentFragment()
  const open: ParentNode[] = [out]
  const top = (): ParentNode => open[open.length - 1] ?? out
  for (const [, end, name = '', attributes = '', text] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^>]*)>|([^<]+|<)/gi)) {
    const tag = name.toLowerCase()
    if (text !== undefined) {
      top().append(decode(text))
    } else if (!tags.has(tag)) {
      continue
    } else if (end) {
      const at = open.findLastIndex((e) => e instanceof Element && e.localName === (tag === 'h1' || tag === 'h2' ? 'h3' : tag))
      if (at > 0) open.length = at
    } else {
      // A card has a heading of its own, so those in it are below that.
      const element = document.createElement(tag === 'h1' || tag === 'h2' ? 'h3' : tag)
      const href = tag === 'a' ? decode(/\bhref="([^"]*)"/i.exec(attributes)?.[1] ?? '') : ''
      if (safe(href)) element.setAttribute('href', href)
      top().append(element)
      if (!alone.has(tag)) open.push(element)
    }
  }
  return out
}

const stamps = new WeakMap<Element, string>()
const reached = (e: Element | undefined): HTMLElement[] => [...(e?.querySelectorAll<HTMLElement>('a,button') ?? [])]

/** Makes the children of list those of items, by key; what did not change stays, and so does the focus. */
export function sync<T>(list: HTMLElement, items: T[], key: (item: T) => string, make: (item: T) => HTMLElement): void {
  const focus = (list.getRootNode() as Document | ShadowRoot).activeElement
  const children = new Map([...list.children].map((c) => [(c as HTMLElement).dataset.key ?? '', c as HTMLElement]))
  const held = [...children].find(([, c]) => c.contains(focus))
  const at = reached(held?.[1]).indexOf(focus as HTMLElement)
  let before: Element | null = null
  for (const item of items) {
    const id = key(item)
    const stamp = JSON.stringify(item)
    let element = children.get(id)
    if (!element || stamps.get(element) !== stamp) {
      const made = make(item)
      made.dataset.key = id
      stamps.set(made, stamp)
      element?.replaceWith(made)
      element = made
    }
    children.set(id, element)
    const next: Element | null = before ? before.nextElementSibling : list.firstElementChild
    if (next !== element) list.insertBefore(element, next)
    before = element
  }
  const kept = new Set(items.map(key))
  for (const [id, child] of children) if (!kept.has(id)) child.remove()
  // Whatever was moved or made anew has lost it.
  if (held && at >= 0 && kept.has(held[0])) reached(children.get(held[0]))[at]?.focus()
}
