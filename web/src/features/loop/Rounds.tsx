import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { workspaceQuery } from '@api/queries'
import { sourcesQuery } from '@api/sourceQueries'
import type { Loop } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { formatDays } from '@lib/formatTime'
import { verdict } from '@lib/gathering'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'

/** The loop in its order, a sentence for each part of it. */
export function Rounds({ loop }: { loop: Loop }): React.JSX.Element {
  const { data: sources } = useQuery(sourcesQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const parts: [string, string, ReactNode][] = [
    ['Gather', '/sources', sources ? verdict(sources, workspace?.now ?? undefined) : '\u00a0'],
    ['Understand', '/map', <Understood key="u" loop={loop} />],
    ['Act', '/goals', <Acted key="a" loop={loop} armed={workspace?.live} />],
    ['Refine', '/goals', <Earned key="e" loop={loop} />],
  ]
  return (
    <section className="section" aria-labelledby="rounds">
      <h2 id="rounds">The loop</h2>
      <dl className="loop-rounds">
        {parts.map(([name, to, words]) => (
          <div key={name}>
            <dt>
              <Link to={to} className="door">
                {name}
              </Link>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Understood({ loop }: { loop: Loop }): React.JSX.Element {
  const grown = [...loop.stages].sort((a, b) => Math.abs(b.people - b.before) - Math.abs(a.people - a.before))[0]
  const moved = grown ? grown.people - grown.before : 0
  return (
    <>
      <Link to="/people" className="door">
        {formatNumber(loop.people)}
      </Link>{' '}
      people are known.{' '}
      {grown && moved !== 0 && (
        <>
          {grown.name} {moved > 0 ? 'has grown' : 'has shrunk'} most in {formatDays(loop.days)}, from {formatNumber(grown.before)} to <Door who={{ stage_then: grown.id }} count={grown.people} label={`people in ${grown.name}`} />.
        </>
      )}
    </>
  )
}

function Acted({ loop: { acting: a }, armed }: { loop: Loop; armed: string | undefined }): React.JSX.Element {
  if (a.sent + a.silent + a.held === 0) {
    return (
      <>
        {a.sentence} {armed === 'disarmed' && 'The workspace is disarmed: only its allow-list can be sent to.'}
      </>
    )
  }
  return (
    <>
      {a.period.charAt(0).toUpperCase() + a.period.slice(1)} <Door who={{ lately: 'sent' }} count={a.sent} label="people were sent something" /> people were sent something, for <Door who={{ lately: 'silent' }} count={a.silent} label="people were left alone" /> silence was chosen, and for{' '}
      <Door who={{ lately: 'held' }} count={a.held} label="people had something held" /> something was held or stopped.
    </>
  )
}

function Earned({ loop }: { loop: Loop }): React.JSX.Element {
  if (loop.goals.length === 0) return <>There is no goal yet, so there is nothing to measure.</>
  return (
    <ul className="loop-goals">
      {loop.goals.slice(0, 4).map((g) => (
        <li key={g.id}>
          <Link to="/goals/$id" params={{ id: g.id }} className="door">
            {g.name}
          </Link>{' '}
          <span className="quiet">a person, against those held out:</span>
          <Estimate of={g.difference} format={(v) => formatDifference(v, loop.currency)} domain={ends(g.difference.low, g.difference.high)} against={{ value: 0, name: 'no difference is' }} />
        </li>
      ))}
    </ul>
  )
}

/** Both sides of nought as wide as the farther end. */
function ends(low: number, high: number): [number, number] {
  const far = Math.max(Math.abs(low), Math.abs(high), 0.01) * 1.2
  return [-far, far]
}
