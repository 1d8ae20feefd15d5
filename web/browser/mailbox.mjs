import { createServer } from 'node:net'

/** A mail server that takes everything and keeps it: SMTP as far as a sender needs it (RFC 5321). */
export async function mailbox() {
  const mails = []
  const waiting = []
  const server = createServer((socket) => {
    let to = []
    let text = null
    let rest = ''
    const say = (line) => socket.write(`${line}\r\n`)
    say('220 mailbox')
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        if (text !== null) {
          if (line !== '.') {
            text.push(line)
            continue
          }
          mails.push({ to, text: text.join('\n') })
          text = null
          for (const tell of waiting.splice(0)) tell()
          say('250 kept')
        } else if (/^DATA/i.test(line)) {
          text = []
          say('354 go on')
        } else if (/^QUIT/i.test(line)) {
          say('221 bye')
          socket.end()
        } else {
          if (/^MAIL/i.test(line)) to = []
          const address = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1]
          if (address) to.push(address)
          say('250 mailbox')
        }
      }
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    mails,
    address: `127.0.0.1:${server.address().port}`,
    /** The first mail, as soon as there is one. */
    first: (patience) =>
      new Promise((found, gone) => {
        if (mails.length > 0) return found(mails[0])
        const timer = setTimeout(() => gone(new Error(`no mail came within ${patience / 1000} s`)), patience)
        waiting.push(() => (clearTimeout(timer), found(mails[0])))
      }),
    close: () => server.close(),
  }
}
