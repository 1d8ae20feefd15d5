import type { Spread } from '@api/types'
import { formatDuration } from '@lib/formatDuration'
import { Tip } from '@ui/Tip'

/** How long until an event is in the state, of the latest that were measured since the start. */
export function Lag({ of }: { of: Spread }): React.JSX.Element {
  if (of.samples === 0) return <span className="quiet">not measured yet</span>
  return (
    <Tip words={`From its arrival until it is in the state: half within ${formatDuration(of.p50_ms)}, 99 of 100 within ${formatDuration(of.p99_ms)}. Of the latest ${of.samples} since the server was started.`}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <span tabIndex={0}>{formatDuration(of.p99_ms)}</span>
    </Tip>
  )
}
