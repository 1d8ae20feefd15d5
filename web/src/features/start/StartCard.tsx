import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { useState } from 'react'

import { startQuery } from '@api/start'
import { Button } from '@ui/Button'

const name = 'rapport.start.shut'

/** How far the first hour is, in one line under a page’s bar, until it is done or shut. */
export function StartCard(): React.JSX.Element | null {
  const path = useLocation({ select: (l) => l.pathname })
  const [shut, setShut] = useState(() => localStorage.getItem(name) === 'yes')
  const { data: start } = useQuery({ ...startQuery, enabled: !shut, refetchInterval: false, staleTime: 10_000 })
  if (shut || path === '/start' || !start || start.done || start.steps.every((s) => !s.done)) return null
  const next = start.steps.find((s) => !s.done)
  return (
    <aside className="start-card small" aria-label="The first hour">
      <Link to="/start">
        First hour: {start.steps.filter((s) => s.done).length} of {start.steps.length}
      </Link>
      <span className="quiet clip">{next?.sentence}</span>
      <Button
        look="quiet"
        aria-label="Do not show the first hour again"
        onClick={() => {
          localStorage.setItem(name, 'yes')
          setShut(true)
        }}
      >
        Hide
      </Button>
    </aside>
  )
}
