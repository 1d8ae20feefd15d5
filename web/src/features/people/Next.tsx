import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { whyQuery } from '@api/queries'
import { armWords } from '@lib/arms'
import { typeset } from '@lib/typeset'
import { Failed, Skeleton } from '@ui/States'

import { Candidates } from '@ui/Candidates'

/** What would be done now, and why not the rest. */
export function Next({ id }: { id: string }): React.JSX.Element {
  const { data: why, error, refetch } = useQuery(whyQuery(id))
  return (
    <section className="section" aria-labelledby="next">
      <h2 id="next">What would be done now</h2>
      {why ? (
        <>
          <p className="next-sentence">{typeset(why.sentence)}</p>
          {why.goals.map((g) => (
            <div key={g.goal} className="next-goal">
              <h3>
                <Link to="/goals/$id" params={{ id: g.goal }} className="door">
                  {g.name}
                </Link>
                {g.arm && <span className="quiet">, {armWords(g.arm)}</span>}
              </h3>
              {g.sentence !== why.sentence && <p className="quiet">{typeset(g.sentence)}</p>}
              {g.candidates.length > 0 && <Candidates of={g.candidates} goal={g.goal} />}
            </div>
          ))}
        </>
      ) : error ? (
        <Failed error={error} what="The decision" retry={() => void refetch()} />
      ) : (
        <Skeleton rows={4} height={32} what="what would be done" />
      )}
    </section>
  )
}
