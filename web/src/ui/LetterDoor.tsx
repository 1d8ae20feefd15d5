import { Link } from '@tanstack/react-router'

import { formatNumber } from '@lib/formatNumber'

import './Door.css'

interface Props {
  /** Which dead letters the number counts. */
  search: { source?: string; state?: string; field?: string; message?: string }
  count: number
  /** What the number counts, for those who hear the page. */
  label: string
}

/** A number that opens the dead letters behind it. */
export function LetterDoor({ search, count, label }: Props): React.JSX.Element {
  if (count === 0) return <span className="door-shut">0</span>
  return (
    <Link to="/dead-letters" search={search} className="door" aria-label={`${formatNumber(count)} ${label}: open dead letters`}>
      {formatNumber(count)}
    </Link>
  )
}
