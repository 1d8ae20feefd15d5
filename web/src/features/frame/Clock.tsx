import { useEffect, useState } from 'react'

import { useSetAsOf } from '@api/mutations'
import type { Workspace } from '@api/types'
import { formatDay, formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'
import { Tip } from '@ui/Tip'

/** The workspace's clock, shown when it is not the wall's: a demo that runs fast, or a look at the past. */
export function Clock({ workspace }: { workspace: Workspace }): React.JSX.Element | null {
  const [open, setOpen] = useState(false)
  const now = useRunning(workspace)
  const fast = workspace.speed > 1
  const words = workspace.as_of ? 'as of' : fast ? `${speedWords(workspace.speed)}` : 'now'
  return (
    <>
      <Tip side="bottom" words={`The workspace's clock: ${formatMoment(now)} UTC, ${words}. Click to look at another day.`}>
        <button type="button" className="chip clock" onClick={() => setOpen(true)}>
          {workspace.as_of && <span className="quiet">as of</span>}
          {fast || workspace.as_of ? formatDay(now) : <ClockFace />}
          {fast && !workspace.as_of && <span className="quiet chip-detail">{words}</span>}
          <span className="hidden">The clock: look at another day</span>
        </button>
      </Tip>
      {open && <AsOf workspace={workspace} now={now} onClose={() => setOpen(false)} />}
    </>
  )
}

const ClockFace = (): React.JSX.Element => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.500">
    <circle cx="8" cy="8" r="6" />
    <path d="M8 4.500V8l2.500 1.500" />
  </svg>
)

function speedWords(speed: number): string {
  if (speed >= 86_400) return `${round(speed / 86_400)} a second`.replace(/^1 a/, 'a day a').replace(/^(\d\S*) a/, '$1 days a')
  if (speed >= 3600) return `${round(speed / 3600)} hours a second`
  return `${round(speed)} times as fast`
}

const round = (n: number): string => String(Math.round(n * 10) / 10)

/** Between two answers of the server the clock runs on at its speed. */
function useRunning(workspace: Workspace): string | null {
  const [state, setState] = useState({ from: workspace.now, shown: workspace.now })
  if (state.from !== workspace.now) setState({ from: workspace.now, shown: workspace.now })
  useEffect(() => {
    if (workspace.speed <= 1 || workspace.as_of || !workspace.now) return undefined
    const start = Date.now()
    const base = new Date(workspace.now).getTime()
    const timer = setInterval(() => {
      const shown = new Date(base + (Date.now() - start) * workspace.speed).toISOString()
      setState({ from: workspace.now, shown })
    }, 1000)
    return () => clearInterval(timer)
  }, [workspace.now, workspace.speed, workspace.as_of])
  return state.shown
}

function AsOf({ workspace, now, onClose }: { workspace: Workspace; now: string | null; onClose: () => void }): React.JSX.Element {
  const [day, setDay] = useState((workspace.as_of ?? now ?? '').slice(0, 10))
  const set = useSetAsOf()
  const change = (asOf: string | null): void => set.mutate(asOf, { onSuccess: onClose })
  return (
    <Modal title="Look at another day" words="Windows, stages and horizons are counted as if it were the end of that day. It is meant for imported history: sales of 1997 seen as of 1998." onClose={onClose}>
      <form
        className="choices-form"
        onSubmit={(event) => {
          event.preventDefault()
          change(`${day}T23:59:59Z`)
        }}
      >
        <label className="form-row">
          <span className="small">Day (UTC)</span>
          <input className="field" type="date" required value={day} onChange={(e) => setDay(e.target.value)} />
        </label>
        {set.error && (
          <p className="form-error" role="alert">
            {set.error.message}
          </p>
        )}
        <div className="form-foot">
          <Button onClick={onClose} look="quiet">
            Cancel
          </Button>
          {workspace.as_of && <Button onClick={() => change(null)}>Back to now</Button>}
          <Button type="submit" look="main" disabled={set.isPending}>
            Look at this day
          </Button>
        </div>
      </form>
    </Modal>
  )
}
