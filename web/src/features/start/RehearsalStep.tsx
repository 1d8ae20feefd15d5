import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'

import { rehearsalsQuery, useStartRehearsal } from '@api/rehearsals'
import type { RehearsalAsk, StartPage } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

interface Props {
  start: StartPage
  next: () => void
}

/** Plays one's own definitions on simulated people: ninety days in about ten seconds. */
export function RehearsalStep({ start, next }: Props): React.JSX.Element {
  const { data } = useQuery(rehearsalsQuery)
  const play = useStartRehearsal()
  const navigate = useNavigate()
  const like = start.templates.find((t) => t.id === start.in_force) ?? [...start.templates].sort((a, b) => b.recognised.length - a.recognised.length)[0]
  const last = data?.rehearsals[0]
  return (
    <>
      <p className="small quiet">2,000 simulated people live ninety days under your definitions. They are in a process of their own, and get letters that go nowhere.</p>
      <p className="start-acts">
        <Button
          look="main"
          disabled={play.isPending}
          onClick={() =>
            play.mutate({ company: (like?.company ?? 'shop') as NonNullable<RehearsalAsk['company']>, own_definitions: true, people: 2000, days: 90, seed: 1, speed: 10 }, { onSuccess: (r) => void navigate({ to: '/rehearsal', search: { id: r.id } }) })
          }
        >
          Rehearse
        </Button>
        {last && (
          <Link to="/rehearsal" search={{ id: last.id }} className="button">
            Look at the last one
          </Link>
        )}
        <Button onClick={next}>{last ? 'Go on' : 'Not now'}</Button>
      </p>
      <Refused error={play.error} />
    </>
  )
}
