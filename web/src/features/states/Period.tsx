import { Link } from '@tanstack/react-router'

import { formatDays } from '@lib/formatTime'

/** The periods that may be chosen, in days. */
const PERIODS = [7, 28, 91, 364]

/** Chooses the period that the page speaks of; the address says which. */
export function Period({ days }: { days: number }): React.JSX.Element {
  return (
    <span className="small period" role="group" aria-label="Period">
      {PERIODS.map((d) => (
        <Link key={d} to="." search={(old: Record<string, unknown>) => ({ ...old, days: d === 28 ? undefined : d })} resetScroll={false} data-chosen={d === days} className="period-choice">
          {formatDays(d)}
        </Link>
      ))}
    </span>
  )
}
