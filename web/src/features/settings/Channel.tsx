import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { senderQuery } from '@api/queries'
import type { SenderFinding, SettingsChannel } from '@api/types'
import { plural } from '@lib/formatNumber'
import { cx } from '@ui/cx'
import { Button } from '@ui/Button'
import { Failed, Skeleton } from '@ui/States'

const marks = { good: '✓', weak: '!', missing: '✕', unknown: '?' }
const words = { good: 'good', weak: 'weak', missing: 'missing', unknown: 'unknown' }

/** One way to people, and whether what it sends will be believed. */
export function Channel({ of: c }: { of: SettingsChannel }): React.JSX.Element {
  return (
    <section className="settings-channel" aria-label={c.id}>
      <h3>
        {c.id} {c.from && <span className="quiet">from {c.from}</span>}
      </h3>
      {c.double_opt_in && <p className="small">{confirmedBy(c.double_opt_in)}</p>}
      {c.domain ? <Sender channel={c.id} domain={c.domain} /> : <p className="small quiet">It sends from no domain, so there is nothing to look up.</p>}
    </section>
  )
}

function confirmedBy(d: NonNullable<SettingsChannel['double_opt_in']>): string {
  const list = new Intl.ListFormat('en')
  const whose = d.sources.length === 0 ? 'A yes' : `A yes from ${list.format(d.sources)}`
  const reminded = d.reminder_hours.length === 0 ? 'never reminded' : `reminded after ${list.format(d.reminder_hours.map(hours))}`
  return `${whose} counts once it is confirmed there. People are asked by ${d.message === 'double-opt-in' ? 'a text of ours' : d.message}, ${reminded}, and have ${hours(d.expires_hours)}.`
}

const hours = (n: number): string => (n % 24 === 0 ? plural(n / 24, 'day', 'days') : plural(n, 'hour', 'hours'))

function Sender({ channel, domain }: { channel: string; domain: string }): React.JSX.Element {
  const { selector = '' } = useSearch({ from: '/settings' })
  const navigate = useNavigate({ from: '/settings' })
  const [typed, setTyped] = useState(selector)
  const { data, error, refetch, isFetching } = useQuery(senderQuery(channel, selector))
  return (
    <>
      {data ? (
        <ul className="findings">
          {data.findings.map((f) => (
            <Finding key={f.what} of={f} />
          ))}
        </ul>
      ) : error ? (
        <Failed error={error} what={`What DNS says of ${domain}`} retry={() => void refetch()} />
      ) : (
        <Skeleton rows={3} height={65} what="what DNS says" />
      )}
      <form
        className="settings-add"
        onSubmit={(e) => {
          e.preventDefault()
          if (typed.trim() === selector) void refetch()
          else void navigate({ search: typed.trim() ? { selector: typed.trim() } : {}, replace: true, resetScroll: false })
        }}
      >
        <input className="field mono" aria-label="Selector of the DKIM key" placeholder="selector, such as s1" value={typed} onChange={(e) => setTyped(e.target.value)} maxLength={120} />
        <Button type="submit" disabled={isFetching}>
          Look again
        </Button>
      </form>
    </>
  )
}

function Finding({ of: f }: { of: SenderFinding }): React.JSX.Element {
  return (
    <li>
      <span className={cx('finding-mark', f.verdict === 'good' && 'good', f.verdict === 'missing' && 'bad')} aria-hidden="true">
        {marks[f.verdict]}
      </span>
      <div>
        <p>
          <strong>{f.what}</strong> <span className="quiet">{words[f.verdict]}</span> {f.sentence} {f.mend}
        </p>
        {f.record && (
          <p className="small mono quiet finding-record">
            {f.name}: {f.record}
          </p>
        )}
      </div>
    </li>
  )
}
