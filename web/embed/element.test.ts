import { h, markup, sync } from './element'

const html = (fragment: DocumentFragment): string => {
  const holder = document.createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}

describe('markup', () => {
  it('builds what the server makes of Markdown, without its styles', () => {
    const made = '<p style="margin:0">It costs <strong>less</strong> &amp; is <em>more</em>.</p>\n<ul style="x"><li>One<br>line</li></ul><a href="https://shop.example/a?b=1&amp;c=2" style="color:red">see</a>'
    expect(html(markup(made))).toBe('<p>It costs <strong>less</strong> &amp; is <em>more</em>.</p>\n<ul><li>One<br>line</li></ul><a href="https://shop.example/a?b=1&amp;c=2">see</a>')
  })

  it('puts headings below that of the card', () => {
    expect(html(markup('<h1>Big</h1><h3>Small</h3>'))).toBe('<h3>Big</h3><h3>Small</h3>')
  })

  it.each([
    ['<script>alert(1)</script>', 'alert(1)'],
    ['<img src=x onerror=alert(1)>', ''],
    ['<p onclick="alert(1)">a</p>', '<p>a</p>'],
    ['<a href="javascript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="java&#115;cript:alert(1)">a</a>', '<a>a</a>'],
    ['<a href="//evil.example">a</a>', '<a>a</a>'],
    ['<p>a</em></p></p></div>b', '<p>a</p>b'],
    ['1 < 2 &lt; 3 &#x1F33B;', '1 &lt; 2 &lt; 3 🌻'],
    ['<p>unclosed <strong>b', '<p>unclosed <strong>b</strong></p>'],
  ])('lets nothing run in %s', (given, made) => {
    expect(html(markup(given))).toBe(made)
  })
})

describe('sync', () => {
  type Item = { id: string; text: string }
  const draw = (list: HTMLElement, items: Item[]): void => sync(list, items, (i) => i.id, (i) => h('li', {}, h('button', {}, i.text)))

  it('leaves what did not change, and keeps the focus where it was', () => {
    const list = document.body.appendChild(h('ul'))
    draw(list, [{ id: 'a', text: 'A' }, { id: 'b', text: 'B' }])
    const [a, b] = [...list.children]
    b?.querySelector('button')?.focus()
    draw(list, [{ id: 'c', text: 'C' }, { id: 'b', text: 'B, changed' }, { id: 'a', text: 'A' }])
    expect(list.textContent).toBe('CB, changedA')
    expect(list.children[2]).toBe(a)
    expect(document.activeElement?.textContent).toBe('B, changed')
    draw(list, [])
    expect(list.children).toHaveLength(0)
  })
})
