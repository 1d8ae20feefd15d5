/**
 * A letter as its reader sees it. LETTER_SHOTS is a folder for pictures of it; without
 * it none are taken.
 */
import { join } from 'node:path'

/** The HTML part of a mail, decoded (RFC 2045). */
export function htmlOf(mail) {
  const text = mail.text.replaceAll(/^\.\./gm, '.')
  const [head = '', ...rest] = text.split('\n\n')
  const boundary = /boundary="?([^";\n]+)"?/.exec(unfolded(head))?.[1]
  const parts = boundary ? rest.join('\n\n').split(`--${boundary}`) : [text]
  const part = parts.find((p) => /^content-type: *text\/html/im.test(p))
  if (!part) throw new Error(`the mail has no HTML part:\n${head}`)
  const [own = '', ...body] = part.replace(/^\n/, '').split('\n\n')
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(own)?.[1]?.toLowerCase()
  const raw = body.join('\n\n')
  if (encoding === 'base64') return Buffer.from(raw, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return raw
  const bytes = raw.replaceAll(/=\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

const unfolded = (head) => head.replaceAll(/\n[ \t]+/g, ' ')

/** Opens a letter at the widths of a phone, a pane and a desk, in both themes, and looks whether it can be read. */
export async function readLetter(browser, mail) {
  const html = htmlOf(mail)
  for (const width of [320, 600, 1024]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
      await page.setContent(html)
      const at = `a letter ${width} pixels wide, ${colorScheme}`
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wide > 0) throw new Error(`${at}: ${wide} pixels wider than the window`)
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('a[href]')].filter((a) => a.getClientRects().length > 0).map((a) => ({ text: a.textContent.trim(), height: a.getBoundingClientRect().height, size: parseFloat(getComputedStyle(a).fontSize) })),
      )
      if (small.length < 2) throw new Error(`${at}: it has ${small.length} links, and needs its next step and the way out`)
      const first = small[0]
      if (first.size < 14) throw new Error(`${at}: the next step “${first.text}” is written in ${first.size} pixels`)
      if (process.env.LETTER_SHOTS) await page.screenshot({ path: join(process.env.LETTER_SHOTS, `letter-${width}-${colorScheme}.png`), fullPage: true })
      await page.close()
    }
  }
}
