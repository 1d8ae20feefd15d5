import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { FeatureValue, Person, Workspace } from '@api/types'
import { armWords } from '@lib/arms'
import { formatMoney } from '@lib/formatMoney'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatAgo, formatDay, formatMoment } from '@lib/formatTime'

import { ActionName } from './ActionName'
import { hasForeign } from './value'

/** What is known of a person, beside the timeline. */
export function PersonFacts({ of: p, workspace }: { of: Person; workspace: Workspace | undefined }): React.JSX.Element {
  const currency = workspace?.currency ?? ''
  return (
    <>
      <Facts title="Goals" none="Under no goal." rows={p.goals.map((g) => [
        <Link key={g.goal} to="/goals/$id" params={{ id: g.goal }} className="door">
          {g.name}
        </Link>,
        `${armWords(g.arm)} since ${formatDay(g.joined)}; ${g.reached ? `reached it ${formatDay(g.reached)}` : 'not there yet'}; ${formatNumber(g.sent)}\u00a0sent, ${formatNumber(g.held)}\u00a0held\u00a0back, silence ${plural(g.silent, 'time', 'times')}; ${formatMoney(g.kpi, currency)}`,
      ])} stacked />
      <Facts title="On its way" none="Nothing is waiting to be sent." rows={p.deliveries.map((d) => [<span key={d.id}><ActionName goal={d.goal} action={d.action} /> by {d.channel}</span>, `${d.phase}, not before ${formatMoment(d.after)}`])} />
      <Facts title="Known as" none="No identity." rows={p.identities.map((i) => [i.kind.replaceAll('_', ' '), <span key={i.value} className="mono">{i.value}</span>])} />
      <Facts title="Consent" none="Has said nothing about any channel: nothing is sent that needs consent." rows={p.consent.map((c) => [`${c.channel === '*' ? 'every channel' : c.channel}${c.topic ? `, ${c.topic}` : ''}`, <span key="c" title={c.proof ? `How we know: ${c.proof}` : undefined}>{`${c.given ? 'given' : 'withdrawn'} ${formatDay(c.time)}`}</span>])} />
      {p.suppressed.length > 0 && <Facts title="Never to be used again" none="" rows={p.suppressed.map((s) => [<span key={s.address} className="mono">{s.address}</span>, `${s.why}, ${formatDay(s.time)}`])} />}
      <Facts title="Features" none="No features are defined." rows={p.features.map((f) => [f.name, featureValue(f, workspace?.now ?? null)])} note={hasForeign(p, currency) ? `Amounts are not converted: only ${currency} counts towards value, goals and rules.` : undefined} />
      <Facts title="Traits" none="Nothing was declared." rows={p.traits.map((t) => [t.name, <span key={t.name} dir="auto">{traitValue(t.value)}</span>])} />
    </>
  )
}

interface FactsProps {
  title: string
  rows: [ReactNode, ReactNode][]
  /** What stands there without rows. */
  none: string
  note?: string | undefined
  stacked?: boolean
}

function Facts({ title, rows, none, note, stacked = false }: FactsProps): React.JSX.Element {
  return (
    <section className="section">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="quiet">{none}</p>
      ) : (
        <dl className={stacked ? 'facts facts-stacked' : 'facts'}>
          {rows.map(([name, value], i) => (
            <div key={i}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {note && <p className="small quiet">{note}</p>}
    </section>
  )
}

export function featureValue(f: FeatureValue, now: string | null): string {
  if (f.kind === 'count') return formatNumber(f.count)
  if (f.kind === 'sum') return f.money?.length ? f.money.map((m) => formatMoney(m.amount, m.currency)).join(', ') : '–'
  return f.at ? formatAgo(f.at, now) : 'never'
}

export function traitValue(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (Array.isArray(value)) return value.map(traitValue).join(', ')
  return JSON.stringify(value)
}
