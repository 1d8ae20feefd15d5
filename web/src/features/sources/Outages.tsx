import { useState } from 'react'
import type { FormEvent } from 'react'

import { useSetOutages } from '@api/sourceMutations'
import type { Outage, SourcePage } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

/** When the source was not connected: silence then is no evidence of anything. */
export function Outages({ source: s, now }: { source: SourcePage; now: string | undefined }): React.JSX.Element {
  const set = useSetOutages(s.id)
  const [undo, setUndo] = useState<Outage[]>()
  // The latest to have come says that it is back; the server’s clock where nothing has.
  const back = (since: string | null | undefined): string | null => (s.figures.last_seen && (!since || s.figures.last_seen > since) ? s.figures.last_seen : (now ?? null))
  const to = (outages: Outage[]): void => set.mutate(outages, { onSuccess: () => setUndo(s.outages) })
  return (
    <section className="section" aria-labelledby="outages">
      <h2 id="outages">When it was not connected</h2>
      <p className="note">That nothing came then says nothing about people: what is believed of them leaves it out. A change is taken in for everybody, which can take a while.</p>
      {s.outages.length > 0 && (
        <ul className="source-outages">
          {s.outages.map((o, i) => (
            <li key={`${o.from ?? ''} ${o.to ?? ''}`}>
              <span>{words(o)}</span>
              <span className="outage-deeds">
                {!o.to && (
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
      <Add source={s} busy={set.isPending} onAdd={(o) => to([...s.outages, o])} />
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

function words(o: Outage): string {
  const acts = o.acts && o.acts.length > 0 ? `, of ${o.acts.join(' and ')}` : ''
  if (!o.from) return `Not before ${formatMoment(o.to)}${acts}`
  return o.to ? `From ${formatMoment(o.from)} to ${formatMoment(o.to)}${acts}` : `Since ${formatMoment(o.from)}, until further notice${acts}`
}

/** A moment as a field has it, in UTC. */
const field = (at: string | null | undefined): string => (at ? at.slice(0, 16) : '')

function Add({ source: s, busy, onAdd }: { source: SourcePage; busy: boolean; onAdd: (o: Outage) => void }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const wrong = (from === '' && to === '') || (from !== '' && to !== '' && to <= from)
  const instant = (text: string): string | null => (text === '' ? null : `${text}:00Z`)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setOpen(false)
    onAdd({ source: s.id, from: instant(from), to: instant(to) })
  }
  if (!open) {
    return (
      <p className="outage-deeds">
        {s.figures.last_seen && s.figures.day.accepted === 0 && (
          <Button disabled={busy} onClick={() => onAdd({ source: s.id, from: s.figures.last_seen, to: null })}>
            It is dead since {formatMoment(s.figures.last_seen)}
          </Button>
        )}
        <Button
          look="quiet"
          onClick={() => {
            setFrom(field(s.figures.last_seen))
            setTo('')
            setOpen(true)
          }}
        >
          Say another time
        </Button>
      </p>
    )
  }
  return (
    <form className="outage-form" onSubmit={submit}>
      <label>
        From <input type="datetime-local" className="field" value={from} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label>
        to <input type="datetime-local" className="field" value={to} onChange={(e) => setTo(e.target.value)} />
      </label>
      <Button type="submit" look="main" disabled={wrong || busy}>
        Note it
      </Button>
      <Button look="quiet" onClick={() => setOpen(false)}>
        Cancel
      </Button>
      <span className="small quiet">In UTC. Without a begin: never before. Without an end: until further notice.</span>
    </form>
  )
}
