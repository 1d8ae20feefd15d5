import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { useOrder, useStartRehearsal } from '@api/rehearsals'
import type { RehearsalAsk } from '@api/types'
import { Button } from '@ui/Button'

import { Versus, text } from './Versus'

const companies = [
  { id: 'own', name: 'A copy of our own people' },
  { id: 'shop', name: 'A shop' },
  { id: 'app', name: 'An app that people learn with' },
  { id: 'saas', name: 'A software company' },
  { id: 'telco', name: 'A telephone company' },
] as const
const peoples = [500, 2000, 5000, 20_000, 100_000]
const own = [500, 2000, 5000, 20_000]
const spans = [90, 180, 365]

type Invented = Exclude<(typeof companies)[number]['id'], 'own'>

/** What to rehearse. */
export function Setup({ busy, currentId, last, open }: { busy: boolean; currentId: string | undefined; last: RehearsalAsk | undefined; open: boolean }): React.JSX.Element {
  const [shown, setShown] = useState(false)
  const [ask, setAsk] = useState<RehearsalAsk>({ company: 'shop', people: 5000, days: 180, seed: 1, speed: 10, beliefs: true })
  const [versus, setVersus] = useState('')
  const client = useQueryClient()
  const start = useStartRehearsal()
  const stop = useOrder(currentId ?? '')
  const navigate = useNavigate()
  const begin = async (): Promise<void> => {
    if (busy && currentId) await stop.mutateAsync('stop')
    const { own_people, answers, company, own_definitions, ...rest } = ask
    const draft = own_people && versus ? await text(client, versus) : undefined
    const begun = await start.mutateAsync(own_people ? { ...rest, own_people, ...(answers ? { answers } : {}), ...(draft ? { draft } : {}) } : { ...rest, ...(company ? { company } : {}), ...(own_definitions ? { own_definitions } : {}) })
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
          Rehearse again
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
        <span className="small">Who</span>
        <select className="field" value={ask.own_people ? 'own' : ask.company} onChange={(e) => set(e.target.value === 'own' ? { own_people: true, people: 2000, days: 90, live_day: 0 } : { own_people: false, company: e.target.value as Invented, people: 5000, days: 180, live_day: 0 })}>
          {companies.map((c) => (
            <option key={c.id} value={c.id}>
              {c.name}
            </option>
          ))}
        </select>
      </label>
      {ask.own_people ? (
        <>
          <Versus chosen={versus} onChoose={setVersus} />
          <label className="form-row">
            <span className="small">What letters do</span>
            <select className="field" value={ask.answers ?? 'middle'} onChange={(e) => set({ answers: e.target.value as NonNullable<RehearsalAsk['answers']> })}>
              <option value="low">the low end of what is likely</option>
              <option value="middle">as they did, as far as seen</option>
              <option value="high">the high end of what is likely</option>
            </select>
          </label>
        </>
      ) : (
        <label className="form-row">
          <span className="small">Definitions</span>
          <select className="field" value={ask.own_definitions ? 'own' : 'template'} onChange={(e) => set({ own_definitions: e.target.value === 'own' })}>
            <option value="template">the template for it</option>
            <option value="own">those in force here</option>
          </select>
        </label>
      )}
      <label className="form-row">
        <span className="small">{ask.own_people ? 'At most so many people' : 'People'}</span>
        <select className="field" value={ask.people} onChange={(e) => set({ people: Number(e.target.value) })}>
          {(ask.own_people ? own : peoples).map((n) => (
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
      <label className="form-row">
        <span className="small">Beliefs</span>
        <select className="field" value={ask.beliefs ? 'learn' : 'none'} onChange={(e) => set({ beliefs: e.target.value === 'learn' })}>
          <option value="learn">hold them beside the truth</option>
          <option value="none">{ask.own_people ? 'those of the model in force' : 'none'}</option>
        </select>
      </label>
      <Button type="submit" look="main" disabled={start.isPending || stop.isPending}>
        {busy ? 'Stop that one and play this' : 'Play'}
      </Button>
      {!open && (
        <Button look="quiet" onClick={() => setShown(false)}>
          Cancel
        </Button>
      )}
      <p className="small quiet rehearsal-note">{ask.own_people ? 'They are copied as they are now, under the definitions in force. Nothing of it reaches a channel, your events or your people.' : 'The same company with the same seed lives the same days.'}</p>
      {(start.error ?? stop.error) && (
        <p className="form-error" role="alert">
          {(start.error ?? stop.error)?.message}
        </p>
      )}
    </form>
  )
}
