import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { linksQuery, messagesQuery } from '@api/messages'
import type { LinkReport, MessageList, MessageRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { Button } from '@ui/Button'
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
      {data && data.messages.length > 0 && <Links />}
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

/** Whether the addresses in messages lead anywhere; they are called when somebody asks. */
function Links(): React.JSX.Element {
  const { data, error, isFetching, refetch } = useQuery(linksQuery)
  return (
    <section aria-label="Links">
      <p>
        <Button look="quiet" onClick={() => void refetch()} disabled={isFetching}>
          {isFetching ? 'Calling them…' : data ? 'Call the links again' : 'Call the links'}
        </Button>{' '}
        <span className="small quiet" role="status">
          {data && !isFetching ? looked(data) : 'Whether each leads somewhere is looked at when you ask.'}
        </span>
      </p>
      {error && !isFetching && <Failed error={error} what="The look at the links" retry={() => void refetch()} />}
      {data && data.findings.length > 0 && <Findings of={data.findings} />}
    </section>
  )
}

function looked(r: LinkReport): string {
  const told = r.findings.length === 0 ? 'each leads somewhere' : `${plural(r.findings.length, 'leads', 'lead')} nowhere`
  const rest = [r.personal > 0 && `${r.personal} of each person’s own ${r.personal === 1 ? 'was' : 'were'} not called`, r.left > 0 && `${r.left} were too many`].filter(Boolean)
  return `${plural(r.looked, 'link', 'links')}: ${told}${rest.length > 0 ? `; ${rest.join(', ')}` : ''}.`
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
