import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { useOrder, useStartRehearsal } from '@api/rehearsals'
import type { RehearsalAsk } from '@api/types'
import { Button } from '@ui/Button'

const companies = [
  { id: 'shop', name: 'A shop' },
  { id: 'app', name: 'An app that people learn with' },
  { id: 'saas', name: 'A software company' },
  { id: 'telco', name: 'A telephone company' },
] as const
const peoples = [500, 2000, 5000, 20_000, 100_000]
const spans = [90, 180, 365]

/** What to rehearse. */
export function Setup({ busy, currentId, last, open }: { busy: boolean; currentId: string | undefined; last: RehearsalAsk | undefined; open: boolean }): React.JSX.Element {
  const [shown, setShown] = useState(false)
  const [ask, setAsk] = useState<RehearsalAsk>({ company: 'shop', people: 5000, days: 180, seed: 1, speed: 10 })
  const start = useStartRehearsal()
  const stop = useOrder(currentId ?? '')
  const navigate = useNavigate()
  const begin = async (): Promise<void> => {
    if (busy && currentId) await stop.mutateAsync('stop')
    const begun = await start.mutateAsync(ask)
    setShown(false)
    await navigate({ to: '/rehearsal', search: { id: begun.id } })
  }
  if (!open && !shown) {
    return (
      <div className="rehearsal-again">
        <Button
          onClick={() => {
            if (last) setAsk({ ...last, seed: (last.seed ?? 1) + 1 })
            setShown(true)
          }}
        >
          Rehearse another company
        </Button>
      </div>
    )
  }
  const set = (change: Partial<RehearsalAsk>): void => setAsk({ ...ask, ...change })
  return (
    <form
      className="rehearsal-setup"
      aria-label="What to rehearse"
      onSubmit={(e) => {
        e.preventDefault()
        void begin()
      }}
    >
      <label className="form-row">
        <span className="small">Company</span>
        <select className="field" value={ask.company} onChange={(e) => set({ company: e.target.value as (typeof companies)[number]['id'] })}>
          {companies.map((c) => (
            <option key={c.id} value={c.id}>
              {c.name}
            </option>
          ))}
        </select>
      </label>
      <label className="form-row">
        <span className="small">Definitions</span>
        <select className="field" value={ask.own_definitions ? 'own' : 'template'} onChange={(e) => set({ own_definitions: e.target.value === 'own' })}>
          <option value="template">the template for it</option>
          <option value="own">those in force here</option>
        </select>
      </label>
      <label className="form-row">
        <span className="small">People</span>
        <select className="field" value={ask.people} onChange={(e) => set({ people: Number(e.target.value) })}>
          {peoples.map((n) => (
            <option key={n} value={n}>
              {n.toLocaleString('en')}
            </option>
          ))}
        </select>
      </label>
      <label className="form-row">
        <span className="small">Days</span>
        <select className="field" value={ask.days} onChange={(e) => set({ days: Number(e.target.value), live_day: 0 })}>
          {spans.map((n) => (
            <option key={n} value={n}>
              {n}
            </option>
          ))}
        </select>
      </label>
      <label className="form-row">
        <span className="small">Seed</span>
        <input className="field rehearsal-seed" type="number" min={1} step={1} required value={ask.seed ?? 1} onChange={(e) => set({ seed: Number(e.target.value) })} />
      </label>
      <Button type="submit" look="main" disabled={start.isPending || stop.isPending}>
        {busy ? 'Stop that one and play this' : 'Play'}
      </Button>
      {!open && (
        <Button look="quiet" onClick={() => setShown(false)}>
          Cancel
        </Button>
      )}
      <p className="small quiet rehearsal-note">The same company with the same seed lives the same days.</p>
      {(start.error ?? stop.error) && (
        <p className="form-error" role="alert">
          {(start.error ?? stop.error)?.message}
        </p>
      )}
    </form>
  )
}
