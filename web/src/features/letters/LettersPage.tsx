import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'

import { useReplayAll } from '@api/sourceMutations'
import { faultsQuery, lettersQuery } from '@api/sourceQueries'
import type { LetterFault } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'
import { Empty, Failed, Skeleton } from '@ui/States'

import { OneLetter } from './OneLetter'
import './Letters.css'

const route = getRouteApi('/dead-letters')
const states = [
  ['open', 'Open'],
  ['mended', 'Mended'],
  ['dismissed', 'Dismissed'],
  ['all', 'All'],
] as const

/** What callers sent and was refused, to be mended and taken again. */
export function LettersPage(): React.JSX.Element {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { source, state, field, message } = search
  const { data, error, refetch, fetchNextPage, hasNextPage } = useInfiniteQuery(lettersQuery({ source, state, field, message }))
  const { data: faults } = useQuery(faultsQuery(source))
  const counts = data?.pages[0]?.counts
  const letters = data?.pages.flatMap((p) => p.letters) ?? []
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Dead letters · Rapport</title>
      <div className="heading">
        <h1>What was refused, and can it be mended?</h1>
        <p className="answer">{counts ? answer(counts.open, faults?.faults.length ?? 0) : '\u00a0'}</p>
      </div>
      {search.source && (
        <p className="small">
          Of the source <span className="mono">{search.source}</span>.{' '}
          <Link to="/dead-letters" search={{ ...search, source: undefined }} className="door">
            Show all sources
          </Link>
        </p>
      )}
      {faults && faults.faults.length > 0 && <Faults faults={faults.faults} />}
      <section className="section" aria-labelledby="letters">
        <div className="letters-head">
          <h2 id="letters">Dead letters</h2>
          <nav aria-label="State" className="letters-states">
            {states.map(([state, name]) => (
              <Link key={state} to="/dead-letters" search={{ ...search, state, letter: undefined }} aria-current={(search.state ?? 'open') === state ? 'page' : undefined}>
                {name}
              </Link>
            ))}
          </nav>
        </div>
        {!data && (error ? <Failed error={error} what="The dead letters" retry={() => void refetch()} /> : <Skeleton rows={6} height={48} what="dead letters" />)}
        {data && letters.length === 0 && <Empty title="Nothing is here">Whatever is refused from now on waits here, with the reason, until somebody mends or dismisses it.</Empty>}
        {letters.length > 0 && (
          <ul className="letters">
            {letters.map((l) => (
              <li key={l.id}>
                <button type="button" className="letter-row" onClick={() => void navigate({ search: { ...search, letter: l.id } })}>
                  <span className="small quiet nowrap">{formatMoment(l.received_at)}</span>
                  <span className="letter-what">
                    {l.field && <span className="mono">{l.field}</span>} {l.message}
                  </span>
                  <span className="small quiet nowrap">
                    {l.source} {l.path}
                    {l.state === 'open' ? '' : `, ${l.state}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {hasNextPage && <Button onClick={() => void fetchNextPage()}>Show more</Button>}
      </section>
      {search.letter && <OneLetter id={search.letter} onClose={() => void navigate({ search: { ...search, letter: undefined } })} />}
    </main>
  )
}

const answer = (open: number, kinds: number): string =>
  open === 0 ? 'Nothing waits: everything that was refused has been mended or dismissed.' : `${plural(open, 'dead letter waits', 'dead letters wait')}, for ${plural(kinds, 'reason', 'different reasons')}.`

/** What is wrong most often; all that share a fault can be taken again at once. */
function Faults({ faults }: { faults: LetterFault[] }): React.JSX.Element {
  const again = useReplayAll()
  return (
    <section className="section" aria-labelledby="faults">
      <h2 id="faults">What is wrong</h2>
      <ul className="letters">
        {faults.slice(0, 8).map((f) => (
          <li key={`${f.source} ${f.field} ${f.message}`} className="fault">
            <Link to="/dead-letters" search={{ source: f.source, field: f.field, message: f.message }} className="door" aria-label={`${formatNumber(f.count)} of ${f.source}: ${f.message}`}>
              {formatNumber(f.count)}
            </Link>
            <span className="letter-what">
              {f.field && <span className="mono">{f.field}</span>} {f.message} <span className="small quiet">{f.source}</span>
            </span>
            <Button disabled={again.isPending} aria-label={`Replay all: ${f.message}`} onClick={() => again.mutate({ source: f.source, field: f.field, message: f.message })}>
              Replay all
            </Button>
          </li>
        ))}
      </ul>
      <p className="small quiet" aria-live="polite">
        {again.data ? `Tried ${plural(again.data.tried, 'letter', 'letters')}: ${formatNumber(again.data.done)} taken, ${formatNumber(again.data.refused)} refused again.` : ''}
      </p>
      <Refused error={again.error} />
    </section>
  )
}
