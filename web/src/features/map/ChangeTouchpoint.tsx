import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { definitionQuery, useApply, validationQuery } from '@api/definitions'
import type { Applied, LifecycleMap, Touchpoint } from '@api/types'
import { typeset } from '@lib/typeset'
import { useSettled } from '@lib/useSettled'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'
import { Refused } from '@ui/Refused'

import { eventsOf, withChanged, withoutTouchpoint } from './change'
import type { Touch } from './change'
import { TouchFields } from './TouchFields'
import type { Said } from './TouchFields'

interface Props {
  of: Touchpoint
  map: LifecycleMap
  onClose: () => void
  onDone: (applied: Applied, before: string, words: string) => void
}

/** Changes a touchpoint where it is seen, or takes it off the map. The definitions hold it from then on. */
export function ChangeTouchpoint({ of: t, map, onClose, onDone }: Props): React.JSX.Element {
  const was: Said = { name: t.name, stage: t.stage, channel: t.channel, days: Math.round(t.window_days), ours: t.direction === 'outbound' }
  const [said, setSaid] = useState(was)
  const [claims, setClaims] = useState<string>()
  const { data: current } = useQuery(definitionQuery('current'))
  const events = current ? eventsOf(current.yaml, t.id) : null
  const touch = (of: Said, lines: string | undefined): Touch => ({
    name: of.name.trim(),
    stage: of.stage,
    channel: of.channel.trim(),
    direction: of.ours ? 'outbound' : 'inbound',
    window: of.days,
    events: lines === undefined ? (events ?? []) : lines.split('\n').map((l) => l.trim()).filter(Boolean),
  })
  const yaml = current && withChanged(current.yaml, t.id, touch(was, undefined), touch(said, claims))
  const less = current && withoutTouchpoint(current.yaml, t.id)
  const changed = current && yaml !== null && yaml !== current.yaml
  const settled = useSettled(changed ? (yaml ?? '') : '', 300)
  const { data: validation, isPlaceholderData } = useQuery(validationQuery(settled, current?.hash ?? ''))
  const ready = changed && validation?.valid === true && settled === yaml && !isPlaceholderData
  const apply = useApply()
  const put = (text: string, message: string, words: string): void => {
    if (current) apply.mutate({ yaml: text, base: current.hash, message }, { onSuccess: (applied) => onDone(applied, current.hash, words) })
  }
  const whole = (
    <Link to="/definitions" search={{ at: `touchpoints/${t.id}` }} className="door small">
      All of it in the definitions
    </Link>
  )
  if (current && yaml === null) {
    return (
      <Modal title={`Change “${t.name}”`} words="The definitions in force keep touchpoints in a form that is not changed here." onClose={onClose}>
        <div className="form-foot">{whole}</div>
      </Modal>
    )
  }
  return (
    <Modal title={`Change “${t.name}”`} words="What it claims is read again from everybody’s history, so that it counts from the first time on." onClose={onClose}>
      <form
        className="section"
        onSubmit={(e) => {
          e.preventDefault()
          if (yaml) put(yaml, `${said.name.trim()}, changed on the map`, `“${said.name.trim()}” is changed`)
        }}
      >
        <TouchFields of={said} map={map} onChange={setSaid} />
        {events && (
          <label className="form-row">
            <span className="small">Events that it claims, one a line</span>
            <textarea className="field code" rows={Math.min(8, Math.max(2, events.length))} value={claims ?? events.join('\n')} onChange={(e) => setClaims(e.target.value)} required />
          </label>
        )}
        <p className="small quiet place-effect" role="status">
          {changed && validation?.valid && validation.changes ? typeset(validation.changes.sentence) : '\u00a0'}
          {changed && validation?.problems.map((p) => `${p.path}: ${p.what}; ${p.mend}`).join(' ')}
        </p>
        <Refused error={apply.error} />
        <div className="form-foot change-foot">
          {whole}
          {less && (
            <Button look="quiet" disabled={apply.isPending} onClick={() => put(less, `${t.name} off the map`, `“${t.name}” is off the map`)}>
              Take it off the map
            </Button>
          )}
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="main" disabled={!ready || apply.isPending}>
            Change it
          </Button>
        </div>
      </form>
    </Modal>
  )
}
