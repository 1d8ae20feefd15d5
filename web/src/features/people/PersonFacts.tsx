import { Link } from '@tanstack/react-router'

import type { Person, Workspace } from '@api/types'
import { armWords } from '@lib/arms'
import { featureName, featureValue, traitValue } from '@lib/featureValue'
import { formatMoney } from '@lib/formatMoney'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatDay, formatMoment } from '@lib/formatTime'
import { Facts } from '@ui/Facts'

import { ActionName } from '@ui/ActionName'
import { Consent } from './Consent'
import { Erase } from './Erase'
import { Identities } from './Identities'
import { Merge } from './Merge'
import { hasForeign } from './value'

/** What is known of a person, beside the timeline. */
export function PersonFacts({ of: p, workspace }: { of: Person; workspace: Workspace | undefined }): React.JSX.Element {
  const currency = workspace?.currency ?? ''
  return (
    <>
      <Facts title="Goals and journeys" none="Under no goal, and on no journey." rows={p.goals.map((g) => [
        <Link key={g.goal} to={g.journey ? '/journeys/$id' : '/goals/$id'} params={{ id: g.goal }} className="door">
          {g.name}
        </Link>,
        `${armWords(g.arm)} since ${formatDay(g.joined)}; ${g.journey ? '' : `${g.reached ? `reached it ${formatDay(g.reached)}` : 'not there yet'}; `}${formatNumber(g.sent)}\u00a0sent, ${formatNumber(g.held)}\u00a0held\u00a0back, silence ${plural(g.silent, 'time', 'times')}; ${formatMoney(g.kpi, currency)}`,
      ])} stacked />
      <Facts title="Segments" none="Belongs to no segment." rows={p.segments.map((s) => [
        <Link key={s.segment} to="/segments/$id" params={{ id: s.segment }} className="door">
          {s.name}
        </Link>,
        s.since ? `since ${formatDay(s.since)}` : 'at that time',
      ])} note={p.current ? undefined : 'By the former definitions: the sweep is on its way to this person.'} />
      {p.accounts.length > 0 && <Facts title="Accounts" none="" rows={p.accounts.map((a) => [
        <Link key={a.id} to="/accounts/$id" params={{ id: a.id }} className="door">
          {a.name}
        </Link>,
        `${a.role ? `${a.role}, ` : ''}${a.left ? `left ${formatDay(a.left)}` : `since ${formatDay(a.since)}`}`,
      ])} />}
      <Facts title="On its way" none="Nothing is waiting to be sent." rows={p.deliveries.map((d) => [<span key={d.id}><ActionName goal={d.goal} action={d.action} /> by {d.channel}</span>, `${d.phase}, not before ${formatMoment(d.after)}`])} />
      <Identities id={p.id} />
      <Merge of={p} />
      <Consent id={p.id} />
      {p.suppressed.length > 0 && <Facts title="Never to be used again" none="" rows={p.suppressed.map((s) => [<span key={s.address} className="mono">{s.address}</span>, `${s.why}, ${formatDay(s.time)}`])} />}
      <Facts title="Features" none="No features are defined." rows={p.features.map((f) => [featureName(f), featureValue(f, workspace?.now ?? null)])} note={hasForeign(p, currency) ? `Amounts are not converted: only ${currency} counts towards value, goals and rules.` : undefined} />
      <Facts title="Traits" none="Nothing was declared." rows={p.traits.map((t) => [t.name, <span key={t.name} dir="auto">{traitValue(t.value)}</span>])} />
      <Erase of={p} />
    </>
  )
}
