import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { messagesQuery } from '@api/messages'
import type { MessageList, MessageRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Findings } from './Findings'
import { channelName } from './words'
import './Messages.css'

/** All messages, and what will not work in them. */
export function MessagesPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(messagesQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Messages · Rapport</title>
      <div className="heading">
        <h1>What do we say, and does it work everywhere?</h1>
        <p className="answer">{data ? answer(data) : '\u00a0'}</p>
      </div>
      {data && data.brand.length > 0 && <Findings of={data.brand} />}
      {data?.messages.length === 0 && (
        <Empty title="There are no messages yet">
          Write one under messages in the{' '}
          <Link to="/definitions" className="door">
            definitions
          </Link>
          : once, for every channel.
        </Empty>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="list message-list" onKeyDown={(e) => moveFocus(e, '.list-door')}>
        {data?.messages.map((m) => (
          <li key={m.key}>
            <div>
              <h2>
                <Link to="/message" search={{ key: m.key }} className="list-door">
                  {m.headline}
                </Link>
              </h2>
              <p className="small quiet">
                {m.key} · {m.appeal} · {m.channels.map(channelName).join(', ')} · {m.locales.join(', ')}
              </p>
            </div>
            <span className={worst(m) === 'error' ? 'bad nowrap' : 'quiet nowrap'}>{found(m)}</span>
          </li>
        ))}
      </ul>
      {!data && (error ? <Failed error={error} what="The messages" retry={() => void refetch()} /> : <Skeleton rows={6} height={64} what="messages" />)}
    </main>
  )
}

const worst = (m: MessageRow): string | undefined => (['error', 'warning', 'advice'] as const).find((s) => m.findings.some((f) => f.severity === s))

const found = (m: MessageRow): string => (m.findings.length === 0 ? 'Nothing found' : plural(m.findings.length, 'finding', 'findings'))

function answer({ messages }: MessageList): string {
  if (messages.length === 0) return 'Nothing yet.'
  const wrong = messages.filter((m) => worst(m) === 'error').length
  const could = messages.filter((m) => worst(m) === 'warning').length
  const told = wrong === 0 && could === 0 ? 'and nothing is found wrong with them' : `${wrong === 0 ? 'none' : wrong} of them broken, ${could} that could work better`
  return `${plural(messages.length, 'message', 'messages')}, ${told}.`
}
