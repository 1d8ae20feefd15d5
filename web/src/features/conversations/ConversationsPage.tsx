import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { conversationsQuery } from '@api/conversations'
import type { ConversationRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { Empty, Failed, Skeleton } from '@ui/States'

import './Conversations.css'

/** All dialogues, and whether their tests hold. */
export function ConversationsPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(conversationsQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Conversations · Rapport</title>
      <div className="heading">
        <h1>What can people do by talking to us?</h1>
        <p className="answer">{data ? answer(data.conversations) : '\u00a0'}</p>
      </div>
      {!data && (error ? <Failed error={error} what="The conversations" retry={() => void refetch()} /> : <Skeleton rows={4} height={56} what="conversations" />)}
      {data && data.conversations.length === 0 && (
        <Empty title="There are no conversations yet">
          Write one under conversations in the{' '}
          <Link to="/definitions" className="door">
            definitions
          </Link>
          : it is held on every channel.
        </Empty>
      )}
      <ul className="dialogues">
        {data?.conversations.map((c) => (
          <li key={c.id}>
            <Link to="/conversations/$id" params={{ id: c.id }} className="dialogue">
              <span className="dialogue-name">{c.name}</span>
              <span className="quiet">{begins(c)}</span>
              <span className="small quiet nowrap">{plural(c.steps, 'step', 'steps')}</span>
              <span className={c.failed > 0 ? 'small dialogue-failed nowrap' : 'small quiet nowrap'}>{tests(c)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {data && data.conversations.length > 0 && (
        <p>
          <Link to="/parity" className="door">
            What can be done on which channel
          </Link>
        </p>
      )}
    </main>
  )
}

function answer(all: ConversationRow[]): string {
  if (all.length === 0) return 'Nothing yet.'
  const failed = all.filter((c) => c.failed > 0).length
  const hold = failed === 0 ? 'and all of their tests hold' : `and the tests of ${plural(failed, 'one', 'of them')} do not hold`
  return `${plural(all.length, 'thing', 'things')}, on every channel, ${hold}.`
}

const begins = (c: ConversationRow): string => [...c.words.map((w) => `“${w}”`), ...c.events].join(', ') || 'begun by a next step'

const tests = (c: ConversationRow): string => (c.failed > 0 ? `${c.failed} of ${plural(c.tests, 'test', 'tests')} failed` : c.tests === 0 ? 'no tests' : `${plural(c.tests, 'test holds', 'tests hold')}`)
