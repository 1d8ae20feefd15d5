import type { LifecycleMap } from '@api/types'

/** What people say of a touchpoint, whether it is new or changed. */
export interface Said {
  name: string
  stage: string
  channel: string
  days: number
  ours: boolean
}

export function TouchFields({ of: t, map, onChange }: { of: Said; map: LifecycleMap; onChange: (said: Said) => void }): React.JSX.Element {
  return (
    <>
      <label className="form-row">
        <span className="small">Name</span>
        <input className="field" value={t.name} onChange={(e) => onChange({ ...t, name: e.target.value })} required maxLength={100} />
      </label>
      <div className="place-fields">
        <label className="form-row">
          <span className="small">Stage</span>
          <select className="field" value={t.stage} onChange={(e) => onChange({ ...t, stage: e.target.value })}>
            {map.stages.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
        </label>
        <label className="form-row">
          <span className="small">Channel</span>
          <input className="field" list="place-channels" value={t.channel} onChange={(e) => onChange({ ...t, channel: e.target.value })} required maxLength={64} />
          <datalist id="place-channels">
            {map.channels.map((c) => (
              <option key={c} value={c} />
            ))}
          </datalist>
        </label>
        <label className="form-row">
          <span className="small">Days to come back in</span>
          <input className="field" type="number" min={1} max={365} value={t.days} onChange={(e) => onChange({ ...t, days: Number(e.target.value) })} required />
        </label>
      </div>
      <fieldset className="choices">
        <legend className="hidden">Who starts it</legend>
        {[false, true].map((o) => (
          <label key={String(o)}>
            <input type="radio" name="direction" checked={t.ours === o} onChange={() => onChange({ ...t, ours: o })} />
            <span>{o ? 'We reach out' : 'They come'}</span>
            <small>{o ? 'It is something that we do to them, such as a letter that was sent.' : 'It is something that they do.'}</small>
          </label>
        ))}
      </fieldset>
    </>
  )
}
