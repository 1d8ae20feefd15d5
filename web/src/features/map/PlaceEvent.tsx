import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { definitionQuery, useApply, validationQuery } from '@api/definitions'
import type { Applied, LifecycleMap } from '@api/types'
import { idFor } from '@lib/idFor'
import { typeset } from '@lib/typeset'
import { useSettled } from '@lib/useSettled'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'
import { Refused } from '@ui/Refused'

import { nameFor, withTouchpoint } from './place'

interface Props {
  event: string
  map: LifecycleMap
  onClose: () => void
  onPlaced: (applied: Applied, before: string) => void
}

/** Gives an event a place on the map: a touchpoint of its own, which the definitions hold from then on. */
export function PlaceEvent({ event, map, onClose, onPlaced }: Props): React.JSX.Element {
  const [name, setName] = useState(nameFor(event))
  const [stage, setStage] = useState(map.stages[0]?.id ?? '')
  const [channel, setChannel] = useState(map.channels[0] ?? 'web')
  const [ours, setOurs] = useState(false)
  const [days, setDays] = useState(Math.max(1, Math.round(map.window_days)))
  const { data: current } = useQuery(definitionQuery('current'))
  const id = idFor(event, map.touchpoints.map((t) => t.id))
  const yaml = current && withTouchpoint(current.yaml, { id, name: name.trim(), stage, channel: channel.trim(), direction: ours ? 'outbound' : 'inbound', event, window_days: days })
  const settled = useSettled(yaml ?? '', 300)
  const { data: validation, isPlaceholderData } = useQuery(validationQuery(settled, current?.hash ?? ''))
  const apply = useApply()
  const ready = validation?.valid === true && settled === yaml && !isPlaceholderData
  if (current && yaml === null) {
    return (
      <Modal title={`A place for “${event}”`} words="The definitions in force keep touchpoints in a form that a line cannot be added to by itself." onClose={onClose}>
        <div className="form-foot">
          <Link to="/definitions" search={{ at: 'map' }} className="button button-main">
            Write it in the definitions
          </Link>
        </div>
      </Modal>
    )
  }
  return (
    <Modal title={`A place for “${event}”`} words="It becomes a touchpoint. Everybody’s history is read again, so that it counts from the first time on." onClose={onClose}>
      <form
        className="section"
        onSubmit={(e) => {
          e.preventDefault()
          if (current && yaml) apply.mutate({ yaml, base: current.hash, message: `${name.trim()} on the map` }, { onSuccess: (applied) => onPlaced(applied, current.hash) })
        }}
      >
        <label className="form-row">
          <span className="small">Name</span>
          <input className="field" value={name} onChange={(e) => setName(e.target.value)} required maxLength={100} />
        </label>
        <div className="place-fields">
          <label className="form-row">
            <span className="small">Stage</span>
            <select className="field" value={stage} onChange={(e) => setStage(e.target.value)}>
              {map.stages.map((s) => (
                <option key={s.id} value={s.id}>
                  {s.name}
                </option>
              ))}
            </select>
          </label>
          <label className="form-row">
            <span className="small">Channel</span>
            <input className="field" list="place-channels" value={channel} onChange={(e) => setChannel(e.target.value)} required maxLength={64} />
            <datalist id="place-channels">
              {map.channels.map((c) => (
                <option key={c} value={c} />
              ))}
            </datalist>
          </label>
          <label className="form-row">
            <span className="small">Days to come back in</span>
            <input className="field" type="number" min={1} max={365} value={days} onChange={(e) => setDays(Number(e.target.value))} required />
          </label>
        </div>
        <fieldset className="choices">
          <legend className="hidden">Who starts it</legend>
          {[false, true].map((o) => (
            <label key={String(o)}>
              <input type="radio" name="direction" checked={ours === o} onChange={() => setOurs(o)} />
              <span>{o ? 'We reach out' : 'They come'}</span>
              <small>{o ? 'It is something that we do to them, such as a letter that was sent.' : 'It is something that they do.'}</small>
            </label>
          ))}
        </fieldset>
        <p className="small quiet place-effect" role="status">
          {validation?.valid && validation.changes ? typeset(validation.changes.sentence) : '\u00a0'}
          {validation?.problems.map((p) => `${p.path}: ${p.what}; ${p.mend}`).join(' ')}
        </p>
        <Refused error={apply.error} />
        <div className="form-foot">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="main" disabled={!ready || apply.isPending}>
            Put it on the map
          </Button>
        </div>
      </form>
    </Modal>
  )
}
