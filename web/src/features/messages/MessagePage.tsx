import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { letterAddress, messagePreviewQuery, messagesQuery } from '@api/messages'
import { searchQuery } from '@api/queries'
import type { MessageFinding, MessagePreview } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { useSettled } from '@lib/useSettled'
import { Failed, Skeleton } from '@ui/States'

import { Findings } from './Findings'
import { OnChannel } from './OnChannel'
import { Troubles } from './Troubles'
import './Messages.css'

/** One message on all of its channels, for somebody real. */
export function MessagePage(): React.JSX.Element {
  const shown = useSearch({ from: '/message' })
  const { data: all } = useQuery(messagesQuery)
  const { data, error, refetch } = useQuery(messagePreviewQuery(shown))
  const row = all?.messages.find((m) => m.key === shown.key)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${row?.id ?? 'Message'} · Rapport`}</title>
      <div className="heading">
        <h1>
          <Link to="/messages">Messages</Link> · {row?.id ?? shown.key}
        </h1>
        <p className="answer">{data ? answer(data) : '\u00a0'}</p>
      </div>
      <div className="message-for">
        <Who />
        {data && data.locales.length > 1 && <Language of={data} />}
      </div>
      {data && (
        <>
          <div className="channels">
            {data.channels.map((on) => (
              <OnChannel key={on.channel} on={on} letter={letterAddress(shown)} name={data.name ?? ''} />
            ))}
          </div>
          <section className="section" aria-labelledby="found">
            <h2 id="found">Whoever gets it</h2>
            {data.findings.length === 0 ? <p className="quiet">Nothing is found wrong with it.</p> : <Findings of={data.findings} />}
          </section>
          <Troubles of={shown.key} />
        </>
      )}
      {!data && (error ? <Failed error={error} what="The message" retry={() => void refetch()} /> : <Skeleton rows={8} height={64} what="the message" />)}
    </main>
  )
}

function answer(p: MessagePreview): string {
  const wrong = (fs: MessageFinding[]): boolean => fs.some((f) => f.severity === 'error')
  const reached = p.channels.filter((c) => c.to)
  const who = `As ${p.name || 'somebody'} would get it${p.name ? '' : ' of whom nothing is known'}, in ${languageName(p.locale)}`
  const broken = p.channels.filter((c) => wrong(c.findings)).length
  return `${who}: on ${plural(p.channels.length, 'channel', 'channels')}${p.name ? `, ${reach(reached.length, p.channels.length)}` : ''}${broken > 0 ? `; it is broken on ${broken}` : ''}. Nothing is sent.`
}

function reach(reached: number, of: number): string {
  if (of === 1) return reached === 1 ? 'which reaches them' : 'which does not reach them'
  return `${reached === of ? 'all' : reached === 0 ? 'none' : formatNumber(reached)} of which reach them`
}

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })

const languageName = (locale: string): string => languages.of(locale) ?? locale

/** For whom it is shown: anybody, by name or identity. */
function Who(): React.JSX.Element {
  const { key, locale } = useSearch({ from: '/message' })
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const { data } = useQuery(searchQuery(useSettled(text, 200)))
  const choose = (person?: string): void => {
    setText('')
    void navigate({ to: '/message', search: { key, ...(person ? { person } : {}), ...(locale ? { locale } : {}) } })
  }
  return (
    <div className="message-who">
      <label className="form-row">
        <span>For whom</span>
        <input className="field" type="search" value={text} placeholder="Name, e-mail address or id" onChange={(e) => setText(e.target.value)} />
      </label>
      {text.trim().length > 1 && (
        <ul className="list list-dense">
          {data?.people.map((p) => (
            <li key={p.id}>
              <button type="button" className="list-door" onClick={() => choose(p.id)} dir="auto">
                {p.name}
              </button>
            </li>
          ))}
          {data?.people.length === 0 && <li className="quiet">Nobody is called that.</li>}
        </ul>
      )}
      <button type="button" className="button" onClick={() => choose()}>
        Somebody unknown
      </button>
    </div>
  )
}

function Language({ of }: { of: MessagePreview }): React.JSX.Element {
  const { key, person } = useSearch({ from: '/message' })
  const navigate = useNavigate()
  return (
    <label className="form-row">
      <span>Language</span>
      <select value={of.locale} onChange={(e) => void navigate({ to: '/message', search: { key, ...(person ? { person } : {}), locale: e.target.value } })}>
        {of.locales.map((l) => (
          <option key={l} value={l}>
            {languageName(l)}
          </option>
        ))}
      </select>
    </label>
  )
}
