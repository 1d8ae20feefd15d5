import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import { goalsQuery } from '@api/queries'
import { Button } from '@ui/Button'

import { readTour, stopOf, stops, writeTour } from './stops'
import './Tour.css'

/** Six stops through the demo: it points, and is in nobody’s way. Arrows walk, Escape leaves, and the browser remembers where. */
export function Tour(): React.JSX.Element | null {
  const [where, setWhere] = useState(readTour)
  const [far, setFar] = useState('')
  const card = useRef<HTMLElement>(null)
  const navigate = useNavigate()
  const path = useLocation({ select: (l) => l.pathname })
  const { data: goals } = useQuery({ ...goalsQuery, enabled: where !== 'left' })
  const n = stopOf(where)
  const stop = n === undefined ? undefined : stops[n]
  const go = (to: string): void => {
    writeTour(to)
    setWhere(to)
    const next = stops[stopOf(to) ?? -1]
    const goal = goals?.goals[0]?.id
    if (next?.to === '/goal') void (goal ? navigate({ to: '/goals/$id', params: { id: goal } }) : navigate({ to: '/goals' }))
    else if (next) void navigate({ to: next.to })
    card.current?.focus()
  }
  usePointing(stop?.at, setFar)
  if (where === 'left' || (n === undefined && path !== '/loop')) return null // it asks on the first page only
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys of what is inside
    <aside
      ref={card}
      className="tour"
      aria-label="Tour"
      tabIndex={-1}
      onKeyDown={(e) => {
        if (e.key === 'Escape') go('left')
        if (n !== undefined && e.key === 'ArrowRight' && n + 1 < stops.length) go(String(n + 1))
        if (n !== undefined && e.key === 'ArrowLeft' && n > 0) go(String(n - 1))
      }}
    >
      {n === undefined || !stop ? (
        <p>This shop is simulated, and alive. Six stops show what is new here.</p>
      ) : (
        <div aria-live="polite">
          <p className="small quiet">
            {n + 1} of {stops.length}
          </p>
          <h2>{stop.title}</h2>
          <p>{stop.words}</p>
          {far === stop.at && <p className="small quiet">It is not on this page yet: the demo has only begun.</p>}
        </div>
      )}
      <p className="tour-acts">
        {n !== undefined && n > 0 && <Button onClick={() => go(String(n - 1))}>Back</Button>}
        {n === undefined ? (
          <Button look="main" onClick={() => go('0')}>
            Show me
          </Button>
        ) : n + 1 < stops.length ? (
          <Button look="main" onClick={() => go(String(n + 1))}>
            Next
          </Button>
        ) : (
          <Button look="main" onClick={() => go('left')}>
            Done
          </Button>
        )}
        {(n === undefined || n + 1 < stops.length) && (
          <Button look="quiet" onClick={() => go('left')}>
            Leave the tour
          </Button>
        )}
      </p>
    </aside>
  )
}

/** How long what is pointed at may take to be there, in milliseconds. */
const PATIENCE = 5000

/** Marks what is pointed at as soon as the page has it, and brings it into view. */
function usePointing(at: string | undefined, far: (at: string) => void): void {
  useEffect(() => {
    if (!at) return undefined
    let marked: Element | undefined
    const look = (): void => {
      const found = document.querySelector(at)
      if (!found || found === marked) return
      marked?.removeAttribute('data-tour')
      marked = found.closest('section') ?? found
      marked.setAttribute('data-tour', '')
      marked.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
      watch.disconnect()
    }
    const watch = new MutationObserver(look)
    watch.observe(document.body, { childList: true, subtree: true })
    // After the page of the stop before is gone.
    const soon = setTimeout(look, 0)
    const late = setTimeout(() => !marked && far(at), PATIENCE)
    return () => {
      clearTimeout(soon)
      clearTimeout(late)
      watch.disconnect()
      marked?.removeAttribute('data-tour')
    }
  }, [at, far])
}
