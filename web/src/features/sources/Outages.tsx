import { useState } from 'react'
import type { FormEvent } from 'react'

import { useSetOutages } from '@api/sourceMutations'
import type { ActName, Outage, SourcePage } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { gapWords } from '@lib/gaps'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

/** When the source was not connected: silence then is no evidence of anything. */
export function Outages({ source: s, now }: { source: SourcePage; now: string | undefined }): React.JSX.Element {
  const set = useSetOutages(s.id)
  const [undo, setUndo] = useState<Outage[]>()
  const [adding, setAdding] = useState<Time>()
  // The latest to have come says that it is back; the server’s clock where nothing has.
  const back = (since: string | null | undefined): string | null => (s.figures.last_seen && (!since || s.figures.last_seen > since) ? s.figures.last_seen : (now ?? null))
  const to = (outages: Outage[]): void => set.mutate(outages, { onSuccess: () => setUndo(s.outages) })
  return (
    <section className="section" aria-labelledby="outages">
      <h2 id="outages">When it was not connected</h2>
      <p className="note">That nothing came then says nothing about people: what is believed of them leaves it out. A change is taken in for everybody, which can take a while.</p>
      {s.figures.gaps.map((g) => (
        <div key={g.from ?? ''} className="outage-asked" role="group" aria-label="It may have been cut off">
          <p>{gapWords(s.name, g)}</p>
          <p className="outage-deeds">
            <Button disabled={set.isPending} onClick={() => to([...s.outages, { source: s.id, from: g.from, to: g.to }])}>
              Yes, it was not connected
            </Button>
            <Button look="quiet" disabled={set.isPending || (!g.to && !now)} onClick={() => to([...s.outages, { source: s.id, from: g.from, to: g.to ?? now ?? null, connected: true }])}>
              No, it was only quiet
            </Button>
            {s.acts.length > 1 && (
              <Button look="quiet" disabled={set.isPending} onClick={() => setAdding(g)}>
                Only some acts
              </Button>
            )}
          </p>
        </div>
      ))}
      {s.outages.length > 0 && (
        <ul className="source-outages">
          {s.outages.map((o, i) => (
            <li key={`${o.from ?? ''} ${o.to ?? ''}`}>
              <span>{words(o, s.acts)}</span>
              <span className="outage-deeds">
                {!o.to && !o.connected && (
                  <Button look="quiet" disabled={set.isPending || !back(o.from)} onClick={() => to(s.outages.map((x, k) => (k === i ? { ...x, to: back(o.from) } : x)))}>
                    It is connected again
                  </Button>
                )}
                <Button look="quiet" disabled={set.isPending} onClick={() => to(s.outages.filter((_, k) => k !== i))}>
                  Take it back
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {adding ? (
        <Form
          source={s}
          time={adding}
          busy={set.isPending}
          onAdd={(o) => {
            setAdding(undefined)
            to([...s.outages, o])
          }}
          onCancel={() => setAdding(undefined)}
        />
      ) : (
        <p className="outage-deeds">
          {s.figures.last_seen && s.figures.day.accepted === 0 && s.figures.gaps.length === 0 && !s.figures.told && (
            <Button disabled={set.isPending} onClick={() => to([...s.outages, { source: s.id, from: s.figures.last_seen, to: null }])}>
              It is dead since {formatMoment(s.figures.last_seen)}
            </Button>
          )}
          <Button look="quiet" onClick={() => setAdding({ from: s.figures.last_seen, to: null })}>
            Say another time
          </Button>
        </p>
      )}
      {undo && !set.isPending && (
        <p role="status" className="small">
          Noted.{' '}
          <Button look="quiet" onClick={() => set.mutate(undo, { onSuccess: () => setUndo(undefined) })}>
            Undo
          </Button>
        </p>
      )}
      <Refused error={set.error} />
    </section>
  )
}

/** A time that the form begins with. */
type Time = Pick<Outage, 'from' | 'to'>

function words(o: Outage, names: ActName[]): string {
  const named = o.acts?.map((id) => names.find((a) => a.id === id)?.name ?? id) ?? []
  const acts = named.length > 0 ? `, of ${named.join(' and ')}` : ''
  if (o.connected) return `From ${formatMoment(o.from)} to ${formatMoment(o.to)} it was only quiet`
  if (!o.from) return `Not before ${formatMoment(o.to)}${acts}`
  return o.to ? `From ${formatMoment(o.from)} to ${formatMoment(o.to)}${acts}` : `Since ${formatMoment(o.from)}, until further notice${acts}`
}

/** A moment as a field has it, in UTC. */
const field = (at: string | null | undefined): string => (at ? at.slice(0, 16) : '')

interface Adding {
  source: SourcePage
  time: Time
  busy: boolean
  onAdd: (o: Outage) => void
  onCancel: () => void
}

function Form({ source: s, time, busy, onAdd, onCancel }: Adding): React.JSX.Element {
  const [from, setFrom] = useState(field(time.from))
  const [to, setTo] = useState(field(time.to))
  const [acts, setActs] = useState<string[]>([])
  const wrong = (from === '' && to === '') || (from !== '' && to !== '' && to <= from)
  // What was not touched stays as exact as it was.
  const instant = (text: string, was: string | null | undefined): string | null => (text === '' ? null : was && text === field(was) ? was : `${text}:00Z`)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    onAdd({ source: s.id, from: instant(from, time.from), to: instant(to, time.to), ...(acts.length > 0 ? { acts } : {}) })
  }
  return (
    <form className="outage-form" onSubmit={submit}>
      <label>
        From <input type="datetime-local" className="field" value={from} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label>
        to <input type="datetime-local" className="field" value={to} onChange={(e) => setTo(e.target.value)} />
      </label>
      {s.acts.length > 1 && (
        <fieldset>
          <legend>Which acts does only this source bring? None ticked: all of them went dark.</legend>
          {s.acts.map((a) => (
            <label key={a.id}>
              <input type="checkbox" checked={acts.includes(a.id)} onChange={(e) => setActs(e.target.checked ? [...acts, a.id] : acts.filter((id) => id !== a.id))} /> {a.name}
            </label>
          ))}
        </fieldset>
      )}
      <Button type="submit" look="main" disabled={wrong || busy}>
        Note it
      </Button>
      <Button look="quiet" onClick={onCancel}>
        Cancel
      </Button>
      <span className="small quiet">In UTC. Without a begin: never before. Without an end: until further notice.</span>
    </form>
  )
}
