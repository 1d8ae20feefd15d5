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
import { TouchFields } from './TouchFields'
import type { Said } from './TouchFields'

interface Props {
  event: string
  map: LifecycleMap
  onClose: () => void
  onPlaced: (applied: Applied, before: string) => void
}

/** Gives an event a place on the map: a touchpoint of its own, which the definitions hold from then on. */
export function PlaceEvent({ event, map, onClose, onPlaced }: Props): React.JSX.Element {
  const [said, setSaid] = useState<Said>({
    name: nameFor(event),
    stage: map.stages[0]?.id ?? '',
    channel: map.channels[0] ?? 'web',
    days: Math.max(1, Math.round(map.window_days)),
    ours: false,
  })
  const name = said.name.trim()
  const { data: current } = useQuery(definitionQuery('current'))
  const id = idFor(event, map.touchpoints.map((t) => t.id))
  const yaml = current && withTouchpoint(current.yaml, { id, name, stage: said.stage, channel: said.channel.trim(), direction: said.ours ? 'outbound' : 'inbound', event, window_days: said.days })
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
          if (current && yaml) apply.mutate({ yaml, base: current.hash, message: `${name} on the map` }, { onSuccess: (applied) => onPlaced(applied, current.hash) })
        }}
      >
        <TouchFields of={said} map={map} onChange={setSaid} />
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
