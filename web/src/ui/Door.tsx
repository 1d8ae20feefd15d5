import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { Filter } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { doorSearch } from '@lib/door'
import { within } from '@lib/scope'

import { cx } from './cx'
import { useScope } from './inScope'
import './Door.css'

interface Props {
  /** The people behind the number. */
  who: Filter
  /** How many; nobody is not a door. */
  count: number
  /** What to show instead of the bare number. */
  children?: ReactNode
  /** What the number counts, for those who hear the page. */
  label: string
  className?: string
  /** −1 where the arrow keys lead to the same people. */
  tabIndex?: number
}

/** A number that opens the people behind it. */
export function Door({ who, count, children, label, className, tabIndex }: Props): React.JSX.Element {
  const scope = useScope()
  const shown = children ?? formatNumber(count)
  if (count === 0) return <span className={cx('door-shut', className)}>{shown}</span>
  return (
    <Link to="." search={(old: Record<string, unknown>) => ({ ...old, ...doorSearch(within(who, scope)) })} resetScroll={false} className={cx('door', className)} tabIndex={tabIndex} aria-label={`${typeof shown === 'string' ? shown : formatNumber(count)} ${label}: open people`}>
      {shown}
    </Link>
  )
}
