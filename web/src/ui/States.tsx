import type { ReactNode } from 'react'

import { ApiError } from '@api/client'
import { useDelayed } from '@lib/useDelayed'

import { Button } from './Button'
import './States.css'

/** What will be here, and the one action that fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }): React.JSX.Element {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children && <div className="quiet">{children}</div>}
    </div>
  )
}

/** What went wrong, where, and a way to try again. */
export function Failed({ error, what, retry }: { error: Error; what: string; retry: () => void }): React.JSX.Element {
  const known = error instanceof ApiError ? error : undefined
  return (
    <div className="state state-failed" role="alert">
      <p className="state-title">{`${what} could not be loaded`}</p>
      <p className="quiet">
        {known ? `${known.title}. ` : ''}
        {error.message !== known?.title && error.message}
      </p>
      <Button onClick={retry}>Try again</Button>
    </div>
  )
}

/**
 * Grey shapes of what is coming, shown only when it takes longer than 200 ms.
 * The space is taken from the start, so that nothing jumps.
 */
export function Skeleton({ rows = 6, height = 40, what }: { rows?: number; height?: number; what: string }): React.JSX.Element {
  const late = useDelayed(true)
  return (
    <div className="skeleton" data-late={late} role="status" aria-label={`Loading ${what}`} style={{ minHeight: rows * height }}>
      {late &&
        Array.from({ length: rows }, (_, i) => (
          <span key={i} className="skeleton-row" style={{ height }}>
            <i style={{ width: `${38 + ((i * 29) % 40)}%` }} />
            <i style={{ width: '10%' }} />
          </span>
        ))}
    </div>
  )
}
