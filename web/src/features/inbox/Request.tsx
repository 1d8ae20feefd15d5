import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

import { requestQuery } from '@api/requests'
import type { CannedAnswer, Utterance } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Failed, Skeleton } from '@ui/States'

import { Deeds } from './Deeds'
import { Story } from './Story'

const route = getRouteApi('/inbox')

interface Props {
  person: string
  id: string
  canned: CannedAnswer[]
}

/** One request: what was said on all channels as one thread, what can be done, and whose it is. */
export function Request({ person, id, canned }: Props): React.JSX.Element {
  const { data, error, refetch } = useQuery(requestQuery(person, id))
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const list = useRef<HTMLOListElement>(null)
  const said = data?.thread.length
  useEffect(() => {
    if (said !== undefined && list.current) list.current.scrollTop = list.current.scrollHeight
  }, [said])
  return (
    <>
      <section className="inbox-thread" aria-labelledby="request-title">
        <Button look="quiet" className="inbox-back" onClick={() => void navigate({ search: { ...search, person: undefined, request: undefined } })}>
          ← All requests
        </Button>
        {!data && (error ? <Failed error={error} what="The request" retry={() => void refetch()} /> : <Skeleton rows={6} height={48} what="the request" />)}
        {data && (
          <>
            <h2 id="request-title">{data.subject || 'Without words'}</h2>
            <p className="small quiet">
              {data.kind_name}, opened {formatMoment(data.opened)}, {data.owner ? `seen to by ${data.owner}` : 'seen to by nobody yet'}.{data.holds_selling && !data.closed && ' Nothing is sold to them meanwhile.'}
            </p>
            <ol ref={list} className="inbox-said" aria-label="What was said">
              {data.thread.map((u, i) => (
                <Said key={i} u={u} />
              ))}
            </ol>
            <Deeds request={data} canned={canned} />
          </>
        )}
      </section>
      <Story person={person} />
    </>
  )
}

const names: Record<string, string> = { customer: 'Customer', conversation: 'Conversation', colleague: 'Answer', note: 'Note', act: '' }

function Said({ u }: { u: Utterance }): React.JSX.Element {
  if (u.who === 'act') {
    return (
      <li className="said said-act small quiet">
        {u.text} {u.by && `by ${u.by} `}· {formatMoment(u.at)}
      </li>
    )
  }
  return (
    <li className={`said said-${u.who}`}>
      <p className="small quiet">
        {names[u.who]}
        {u.by && ` by ${u.by}`}
        {u.channel && ` · ${u.channel}`} · {formatMoment(u.at)}
      </p>
      <p className="said-text">{u.text}</p>
      {u.options && u.options.length > 0 && <p className="small quiet">{u.options.map((o) => o.label).join(' · ')}</p>}
    </li>
  )
}
