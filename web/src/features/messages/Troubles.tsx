import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { messageReportQuery } from '@api/messages'
import type { MessageTrouble } from '@api/types'
import { plural } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { Panel } from '@ui/Panel'
import { Failed, Skeleton } from '@ui/States'

/** For how many people it lacks something; each count opens them. */
export function Troubles({ of: key }: { of: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(messageReportQuery(key))
  const [open, setOpen] = useState<MessageTrouble>()
  return (
    <section className="section" aria-labelledby="people">
      <h2 id="people">Written for everybody</h2>
      {!data && (error ? <Failed error={error} what="The report" retry={() => void refetch()} /> : <Skeleton rows={3} height={40} what="the report" />)}
      {data && (
        <p className="quiet">
          {data.troubles.length === 0 ? 'It lacks nothing' : 'It lacks something for some'} of {plural(data.people, 'person', 'people')}
          {data.whole ? '' : ', the first that were looked at'}
          {data.locales.length > 1 && `; ${data.locales.map((l) => `${l.count} in ${l.locale}`).join(', ')}`}.
        </p>
      )}
      <ul className="message-findings">
        {data?.troubles.map((t) => (
          <li key={`${t.finding.part ?? ''} ${t.finding.what}`}>
            <button type="button" className="door" onClick={() => setOpen(t)} aria-label={`${plural(t.count, 'person', 'people')}: ${t.finding.what}`}>
              {plural(t.count, 'person', 'people')}
            </button>
            <span>
              {t.finding.what}. <span className="quiet">{[t.finding.part, t.finding.mend].filter(Boolean).join(': ')}.</span>
            </span>
          </li>
        ))}
      </ul>
      {open && (
        <Panel title={plural(open.count, 'person', 'people')} words={`${open.finding.what}.`} onClose={() => setOpen(undefined)}>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <ul className="list list-dense" onKeyDown={(e) => moveFocus(e, 'a')}>
            {open.people.map((p) => (
              <li key={p.id}>
                <Link to="/message" search={{ key, person: p.id }} className="list-door clip" dir="auto" onClick={() => setOpen(undefined)}>
                  {p.name}
                </Link>
                <Link to="/people/$id" params={{ id: p.id }} className="quiet">
                  Their page
                </Link>
              </li>
            ))}
          </ul>
          {open.count > open.people.length && <p className="quiet">And {open.count - open.people.length} more.</p>}
        </Panel>
      )}
    </section>
  )
}
