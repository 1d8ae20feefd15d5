import type { TimelineEvent } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'

import { ActionName } from '@ui/ActionName'
import { bodyOf } from './bodies'
import { Resend } from './Resend'
import type { Choice, Grant, Receipt, Suppressed } from './bodies'
import { Candidates } from '@ui/Candidates'

/** Whether there is more to an event than its sentence. */
export const hasDetail = (e: TimelineEvent): boolean => e.body !== undefined || (e.properties !== undefined && e.properties !== null && Object.keys(e.properties).length > 0)

/** What the line about an event unfolds to. */
export function EventDetail({ of: e }: { of: TimelineEvent }): React.JSX.Element {
  switch (e.kind) {
    case 'choice':
      return <ChoiceDetail of={bodyOf<Choice>(e.body)} />
    case 'grant':
      return <GrantDetail of={bodyOf<Grant>(e.body)} />
    case 'suppressed':
      return <SuppressedDetail of={bodyOf<Suppressed>(e.body)} />
    case 'receipt':
      return (
        <>
          <Pairs of={receiptPairs(bodyOf<Receipt>(e.body))} e={e} />
          <Resend of={bodyOf<Receipt>(e.body)} />
        </>
      )
    default:
      return <Pairs of={pairs(e.body ?? e.properties)} e={e} />
  }
}

function ChoiceDetail({ of: c }: { of: Partial<Choice> }): React.JSX.Element {
  return (
    <div className="event-detail">
      {/* The reason of a draw is the table below it. */}
      {c.probability === 1 && c.reason && <p>{typeset(c.reason)}</p>}
      <Candidates of={c.candidates ?? []} goal={c.goal} chosen={c.chosen} />
      <p className="small quiet">
        {c.trigger && <>Because of: {c.trigger}. </>}
        Rule <span className="mono">{c.policy}</span>, seed <span className="mono">{c.seed}</span>, definitions <span className="mono">{c.definition?.slice(0, 10)}</span>
        {c.probability !== undefined && <>, probability of this choice {formatPercent(c.probability)}</>}.
      </p>
    </div>
  )
}

function GrantDetail({ of: g }: { of: Partial<Grant> }): React.JSX.Element {
  return (
    <div className="event-detail">
      <article className="letter" aria-label="What was permitted to be sent">
        <p className="small quiet">
          {g.channel} to {g.to}
        </p>
        {g.content?.subject && <p className="letter-subject">{g.content.subject}</p>}
        <p className="letter-text">{g.content?.text}</p>
        {g.content?.next_step?.label && (
          <p>
            <span className="letter-step">{g.content.next_step.label}</span> <span className="small quiet mono">{g.content.next_step.url}</span>
          </p>
        )}
      </article>
    </div>
  )
}

function SuppressedDetail({ of: s }: { of: Partial<Suppressed> }): React.JSX.Element {
  return (
    <div className="event-detail">
      <p>{typeset(s.reason?.sentence ?? '')}</p>
      <p className="small quiet">
        {s.held ? `Held, not dropped: asked again ${s.reason?.until ? formatMoment(s.reason.until) : 'later'}.` : 'Dropped.'} Reason <span className="mono">{s.reason?.code}</span>
        {s.channel && `, by ${s.channel}`}
        {s.action && (
          <>
            , action <ActionName goal={s.goal} action={s.action} />
          </>
        )}
        .
      </p>
    </div>
  )
}

function Pairs({ of: list, e }: { of: [string, string][]; e: TimelineEvent }): React.JSX.Element {
  const rows: [string, string][] = [...list, ['source', e.source], ['message id', e.message_id], ...(e.identity ? [['came under', e.identity] as [string, string]] : [])]
  return (
    <dl className="event-detail pairs">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="mono">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const receiptPairs = (r: Partial<Receipt>): [string, string][] => [
  ['outcome', r.outcome ?? ''],
  ['channel', r.channel ?? ''],
  ...(r.detail ? [['the channel said', r.detail] as [string, string]] : []),
  ...(r.machine ? [['by', 'a machine: counts as nobody'] as [string, string]] : []),
]

function pairs(value: unknown): [string, string][] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).map(([k, v]) => [k, typeof v === 'string' ? v : JSON.stringify(v)])
}
