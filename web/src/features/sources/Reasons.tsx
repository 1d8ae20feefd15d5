import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { faultsQuery } from '@api/sourceQueries'
import type { SourcePage } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatSince } from '@lib/formatTime'
import { LetterDoor } from '@ui/LetterDoor'
import { Empty } from '@ui/States'
import { useShowAll } from '@ui/useShowAll'

/** What is wrong with what was refused, and the letters it is wrong with. */
export function Reasons({ source: s, now }: { source: SourcePage; now: string | undefined }): React.JSX.Element {
  const { data } = useQuery(faultsQuery(s.id))
  const { shown, button } = useShowAll(data?.faults ?? [], 6, 'reasons')
  return (
    <section className="section" aria-labelledby="reasons">
      <h2 id="reasons">Why something is rejected</h2>
      {data?.faults.length === 0 && (
        <Empty title="No letter waits">
          {s.figures.day.rejected === 0 ? 'Nothing was rejected in the last 24 hours.' : 'What was rejected has been mended or dismissed.'} {s.figures.letters.received > 0 && (
            <Link to="/dead-letters" search={{ source: s.id, state: 'all' }} className="door">
              See what has been
            </Link>
          )}
        </Empty>
      )}
      {shown.length > 0 && (
        <ol className="rows">
          {shown.map((f) => (
            <li key={`${f.field} ${f.message}`}>
              <p>
                {f.field && <span className="mono">{f.field}</span>} {f.message}
              </p>
              <span className="small quiet nowrap">{formatSince(f.last, now)}</span>
              <span>
                <LetterDoor search={{ source: s.id, ...(f.field ? { field: f.field } : {}), message: f.message }} count={f.count} label={`open: ${f.message}`} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {button}
      {s.figures.since_start.rejected > 0 && <p className="small quiet">{plural(s.figures.since_start.rejected, 'rejection', 'rejections')} since the server was started.</p>}
    </section>
  )
}
