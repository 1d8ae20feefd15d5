import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'

import { ApiError } from '@api/client'
import { workspaceQuery } from '@api/queries'
import { useHotkeys } from '@lib/useHotkeys'
import { Failed } from '@ui/States'

import { Clock } from './Clock'
import { Keys } from './Keys'
import { LiveChip } from './LiveChip'
import { More } from './More'
import { others, pages } from './pages'
import { Palette } from './Palette'
import { SignIn } from './SignIn'
import { ThemeButton } from './ThemeButton'
import { StartCard } from '../start/StartCard'
import { Tour } from '../tour/Tour'
import './Frame.css'

/** What is around every page. The panel holds the people behind a number. */
export function Frame({ children, panel }: { children: ReactNode; panel: ReactNode }): React.JSX.Element {
  const { data: workspace, error, refetch } = useQuery(workspaceQuery)
  const [palette, setPalette] = useState(false)
  const [live, setLive] = useState(false)
  const [keys, setKeys] = useState(false)
  const navigate = useNavigate()
  const nav = useRef<HTMLElement>(null)
  const path = useLocation({ select: (l) => l.pathname })
  // Where the bar is too narrow for all pages it scrolls, to the one that is open.
  useEffect(() => {
    const bar = nav.current
    const here = bar?.querySelector<HTMLElement>('.frame-here')
    if (bar && here) bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2
  }, [path])

  useHotkeys({
    ...Object.fromEntries([...pages, ...others].map((page) => [page.keys, () => void navigate({ to: page.to })])),
    '/': () => void navigate({ to: '/people' }).then(() => document.getElementById('people-search')?.focus()),
    'mod+k': () => setPalette(true),
    '?': () => setKeys(true),
  })

  if (error instanceof ApiError && error.status === 401) return <SignIn />
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="frame-bar">
        <div className="frame-name">
          <Mark />
          <span className="frame-workspace">{workspace?.name ?? 'Rapport'}</span>
        </div>
        <nav ref={nav} className="frame-nav" aria-label="Pages">
          {pages.map((page) => (
            <Link key={page.to} to={page.to} className="frame-link" activeProps={{ className: 'frame-link frame-here' }} title={`${page.name} (${page.keys})`}>
              {page.name}
            </Link>
          ))}
          <More />
        </nav>
        <div className="frame-tools">
          <button type="button" className="frame-find" onClick={() => setPalette(true)}>
            <span className="frame-find-word">Find</span>
            <kbd aria-hidden="true">⌘K</kbd>
          </button>
          {workspace && <Clock workspace={workspace} />}
          {workspace && <LiveChip workspace={workspace} open={live} setOpen={setLive} />}
          <ThemeButton />
        </div>
      </header>
      {workspace && !workspace.demo && <StartCard />}
      {error && !workspace ? (
        <main id="main" className="page" tabIndex={-1}>
          <Failed error={error} what="The workspace" retry={() => void refetch()} />
        </main>
      ) : (
        children
      )}
      {panel}
      {workspace?.demo && <Tour />}
      {palette && <Palette onClose={() => setPalette(false)} onLive={() => setLive(true)} onKeys={() => setKeys(true)} />}
      {keys && <Keys onClose={() => setKeys(false)} />}
    </>
  )
}

const Mark = (): React.JSX.Element => (
  <svg className="frame-mark" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M3 16a5 5 0 0 1 9-4" stroke="var(--outreach)" />
    <path d="M21 8a5 5 0 0 1-9 4" stroke="var(--unprompted)" />
    <circle cx="3.500" cy="17" r="2.500" fill="var(--outreach)" />
    <circle cx="20.500" cy="7" r="2.500" fill="var(--unprompted)" />
  </svg>
)
