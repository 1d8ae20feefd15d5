import { useOrder, useSpeed } from '@api/rehearsals'
import type { Cast, Frame, Rehearsal } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay } from '@lib/formatTime'
import { Button } from '@ui/Button'

const speeds = [
  { value: 2, name: '2 days a second' },
  { value: 10, name: '10 days a second' },
  { value: 30, name: 'a month a second' },
  { value: 0, name: 'as fast as it can' },
]

/** Play, pause, a day at a time, how fast, and any day that has been lived. */
export function PlayBar({ rehearsal, cast, days, shown, onDay }: { rehearsal: Rehearsal; cast: Cast; days: number; shown: Frame | undefined; onDay: (day: number) => void }): React.JSX.Element {
  const order = useOrder(rehearsal.id)
  const speed = useSpeed(rehearsal.id)
  const { condition } = rehearsal
  const alive = condition === 'playing' || condition === 'paused'
  return (
    <section className="playbar" aria-label="Time">
      <div className="playbar-buttons">
        {condition === 'playing' && <Button onClick={() => order.mutate('pause')}>Pause</Button>}
        {condition === 'paused' && (
          <>
            <Button look="main" onClick={() => order.mutate('resume')}>
              Play on
            </Button>
            <Button onClick={() => order.mutate('step')}>One day</Button>
          </>
        )}
        {!alive && <span className="quiet">{condition === 'over' ? 'Over' : condition === 'stopped' ? 'Stopped' : ''}</span>}
        {alive && (
          <label className="playbar-speed">
            <span className="hidden">How fast</span>
            <select className="field" value={rehearsal.speed} onChange={(e) => speed.mutate(Number(e.target.value))}>
              {!speeds.some((s) => s.value === rehearsal.speed) && <option value={rehearsal.speed}>{rehearsal.speed} days a second</option>}
              {speeds.map((s) => (
                <option key={s.value} value={s.value}>
                  {s.name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <label className="playbar-track">
        <span className="hidden">Day that is shown</span>
        <span className="playbar-lived" aria-hidden="true">
          <b style={{ left: `${(100 * cast.live_day) / cast.days}%` }} title={`Letters go out from day ${cast.live_day}`} />
        </span>
        <input type="range" min={0} max={cast.days} value={shown?.day ?? 0} aria-valuetext={shown ? `day ${shown.day}, ${formatDay(shown.now)}` : 'before the first day'} onChange={(e) => onDay(Math.max(1, Math.min(days, Number(e.target.value))))} />
      </label>
      <p className="small quiet playbar-words">
        {shown ? `${formatDay(shown.now)} · ${plural(shown.turned_up, 'person has', 'people have')} been there · ${plural(shown.events, 'event', 'events')} · ${plural(shown.sent, 'letter', 'letters')}` : '\u00a0'}
      </p>
      {rehearsal.learns && (
        <p className="small quiet playbar-words" role="status">
          Learning what to believe of people, from the lives so far: time stands still meanwhile.
        </p>
      )}
      {order.error && (
        <p className="form-error" role="alert">
          {order.error.message}
        </p>
      )}
    </section>
  )
}
