/** A next step, or an answer to a question. One with a payload is a button, else it is a link. */
export type Next = { label: string; url?: string; payload?: string }

export type Brand = { accent?: string; on_accent?: string }

/** What the server's message/render.Card is. */
export type Card = {
  headline?: string
  text: string
  html?: string
  facts?: { label: string; value: string }[] | null
  picture?: { url: string; alt: string }
  next: Next[] | null
  locale?: string
  dir: string
  brand?: Brand
}

/** One thing in the inbox: a message, a company's answer in a conversation, or what the person said. */
export type Entry = {
  id: string
  kind: 'message' | 'answer' | 'said'
  at: string
  by?: string
  text?: string
  card?: Card
  seen?: boolean
  dismissed?: boolean
  acted?: boolean

  /** Of what the person said and the server does not have yet. */
  state?: 'sending' | 'failed'
}

export type Words = typeof english

export type Options = {
  writeKey: string

  /** Where Rapport is. Defaults to where this script came from. */
  host?: string

  /** Who is signed in, and the hex HMAC-SHA256 of that by the identity key, made on the company's server. */
  userId?: string
  userHash?: string

  /** Of a browser that nobody is signed in on. Defaults to analytics.js's, else to one of our own. */
  anonymousId?: string

  /** Whether there is a bell with an inbox. Defaults to true. */
  inbox?: boolean

  /** Whether the person can write. Defaults to true. */
  chat?: boolean

  /** In which corner the bell is. Defaults to right. */
  side?: 'left' | 'right'

  /** How long slots wait for an answer, such as 200ms, which is the default. */
  within?: string

  /** What it says to people, where that is not English. */
  words?: Partial<Words>
}

export const english = {
  messages: 'Messages',
  chat: 'Chat',
  unread: (n: number): string => `${n} unread`,
  open: 'Open messages',
  close: 'Close',
  loading: 'One moment…',
  empty: 'Nothing here yet. What we send you waits here for you.',
  emptyChat: 'Ask us anything. What you began elsewhere can go on here.',
  off: 'Messages cannot be shown just now. We keep trying.',
  write: 'Write a message',
  send: 'Send',
  sending: 'Sending…',
  failed: 'Not sent.',
  again: 'Try again',
  dismiss: 'Put away',
  arrived: (what: string): string => `New message: ${what}`,
  you: 'You',
  us: 'Answer',
}
