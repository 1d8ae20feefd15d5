import type { MessageNext, MessageOnChannel } from '@api/types'
import { plural } from '@lib/formatNumber'

import { Findings } from './Findings'
import { channelName } from './words'

/** A message as it reaches somebody on one channel. */
export function OnChannel({ on, letter, name }: { on: MessageOnChannel; letter: string; name: string }): React.JSX.Element {
  const r = on.rendering
  return (
    <section className={r?.email ? 'on-channel on-channel-wide' : 'on-channel'} aria-label={channelName(on.channel)}>
      <h3>
        {channelName(on.channel)} <span className="small quiet">{name && (on.to ? `to ${on.to}` : 'no address is known')}</span>
      </h3>
      {r?.email && (
        <>
          <p className="mailbox">
            <strong>{r.email.subject}</strong> <span className="quiet">{r.email.preheader}</span>
          </p>
          <iframe className="message-letter" title={`The e-mail ${r.email.subject}`} src={letter} sandbox="" />
        </>
      )}
      {r?.sms && (
        <>
          <p className="bubble">{r.sms.text}</p>
          <p className="small quiet">
            {plural(r.sms.segments, 'segment', 'segments')} of {r.sms.encoding.toUpperCase()}, {r.sms.units} units
          </p>
        </>
      )}
      {r?.whatsapp && (
        <>
          <p className="bubble">{r.whatsapp.text}</p>
          <Buttons of={[...(r.whatsapp.buttons ?? []), ...(r.whatsapp.list?.rows ?? []), ...(r.whatsapp.link ? [r.whatsapp.link] : [])]} />
          {r.whatsapp.template && (
            <p className="small quiet">
              Outside of 24 hours: the template {r.whatsapp.template.name} with {(r.whatsapp.template.parameters ?? []).join(', ') || 'nothing in its gaps'}
            </p>
          )}
        </>
      )}
      {r?.push && (
        <div className="notification">
          <p className="notification-title">{r.push.title}</p>
          <p>{r.push.body}</p>
          <Buttons of={r.push.actions ?? []} />
        </div>
      )}
      {r?.card && (
        <div className="notification">
          <p className="notification-title">{r.card.headline}</p>
          <p>{r.card.text}</p>
          <FactList of={r.card.facts ?? []} />
          <Buttons of={r.card.next} />
        </div>
      )}
      {r?.chat && (
        <>
          <p className="bubble">{r.chat.plain}</p>
          <Buttons of={[...(r.chat.replies ?? []), ...(r.chat.links ?? [])]} />
        </>
      )}
      {r?.voice && (
        <>
          <p className="script">{r.voice.text}</p>
          <FactList of={(r.voice.choices ?? []).map((c) => ({ label: `Key ${c.key ?? ''}, or ${(c.words ?? []).map((w) => `“${w}”`).join(', ')}`, value: c.label }))} />
        </>
      )}
      {r?.json && <pre className="script">{JSON.stringify(r.json, null, 1)}</pre>}
      <Findings of={on.findings} />
    </section>
  )
}

function Buttons({ of }: { of: MessageNext[] }): React.JSX.Element {
  return (
    <ul className="offered" aria-label="Next steps">
      {of.map((n) => (
        <li key={`${n.label} ${n.payload ?? ''}`} title={n.payload ?? n.url}>
          {n.label}
        </li>
      ))}
    </ul>
  )
}

function FactList({ of }: { of: { label: string; value: string }[] }): React.JSX.Element {
  return (
    <dl className="facts">
      {of.map((f) => (
        <div key={f.label}>
          <dt>{f.label}</dt>
          <dd>{f.value}</dd>
        </div>
      ))}
    </dl>
  )
}
