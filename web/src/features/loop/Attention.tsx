import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { workspaceQuery } from '@api/queries'
import { sourcesQuery } from '@api/sourceQueries'
import { modelsQuery } from '@api/states'
import type { Loop, LoopAttention, ModelList, SourceList, SourceRow } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatMoment, formatSince } from '@lib/formatTime'
import { gapWords } from '@lib/gaps'
import { silent } from '@lib/gathering'
import { typeset } from '@lib/typeset'
import { Door } from '@ui/Door'
import { Skeleton } from '@ui/States'

/** How many things may ask for attention at once. */
const MOST = 5

interface Item {
  key: string
  sentence: string
  people: ReactNode
  step: ReactNode
}

/** What most needs somebody, each with the one step that comes next. */
export function Attention({ loop }: { loop: Loop }): React.JSX.Element {
  const { data: sources, isPending } = useQuery(sourcesQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const { data: models } = useQuery(modelsQuery)
  const items = [...(sources ? gathering(sources, workspace?.now ?? undefined) : []), ...(models ? drifted(models) : []), ...loop.attention.map(itemOf)].slice(0, MOST)
  return (
    <section className="section" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      {isPending && items.length === 0 ? (
        <Skeleton rows={3} height={49} what="what needs attention" />
      ) : items.length === 0 ? (
        <p className="quiet">Nothing does: what comes is taken, it has a place on the map, and no goal does harm.</p>
      ) : (
        <ol className="rows loop-attention">
          {items.map((item) => (
            <li key={item.key}>
              <p>{item.sentence}</p>
              {item.people ?? <span />}
              {item.step}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

/** What does not arrive is mended first: everything else rests on it. */
function gathering({ sources }: SourceList, now: string | undefined): Item[] {
  const open = sources.reduce((n, s) => n + s.figures.letters.open, 0)
  const worst = sources.reduce((most, s) => (s.figures.letters.open > (most?.figures.letters.open ?? 0) ? s : most), sources[0])
  const cut = sources.flatMap((s) => s.figures.gaps.slice(-1).map((gap) => ({ source: s, gap })))
  const back = sources.filter((s) => s.figures.returned)
  const quiet = silent(sources).find((s) => s.figures.gaps.length === 0 && !s.figures.told)
  return [
    ...(open > 0
      ? [
          {
            key: 'letters',
            sentence: `${plural(open, 'call was', 'calls were')} refused and ${open === 1 ? 'waits' : 'wait'} to be mended, most of them from ${worst?.name ?? ''}.`,
            people: null,
            step: (
              <Link to="/dead-letters" className="button">
                Mend them
              </Link>
            ),
          },
        ]
      : []),
    ...cut.map(({ source, gap }) => ({ key: `gap ${source.id}`, sentence: gapWords(source.name, gap), people: null, step: <ToOutages source={source} step="Say whether it was" /> })),
    ...back.map((s) => ({
      key: `back ${s.id}`,
      sentence: `Events come from ${s.name} again since ${formatMoment(s.figures.returned)}, and its outage is said to go on: what does not come is no evidence until it ends.`,
      people: null,
      step: <ToOutages source={s} step="End its outage" />,
    })),
    ...(quiet
      ? [
          {
            key: 'silent',
            sentence: `Nothing has come from ${quiet.name} in the last 24 hours; the latest came ${formatSince(quiet.figures.last_seen, now)}.`,
            people: null,
            step: (
              <Link to="/sources/$id" params={{ id: quiet.id }} className="button">
                Look at it
              </Link>
            ),
          },
        ]
      : []),
  ]
}

/** A model that no longer holds: what is believed of everybody rests on it. */
function drifted({ training }: ModelList): Item[] {
  if (!training.drift?.raised) return []
  return [
    {
      key: 'drift',
      sentence: typeset(training.drift.sentence ?? ''),
      people: null,
      step: (
        <Link to="/states" hash="models" className="button">
          Train another
        </Link>
      ),
    },
  ]
}

function ToOutages({ source, step }: { source: SourceRow; step: string }): React.JSX.Element {
  return (
    <Link to="/sources/$id" params={{ id: source.id }} hash="outages" className="button">
      {step}
    </Link>
  )
}

function itemOf(a: LoopAttention): Item {
  const base = { key: `${a.kind} ${a.id}`, sentence: typeset(a.sentence) }
  switch (a.kind) {
    case 'dead_end':
      return {
        ...base,
        people: (
          <Door who={{ touchpoint: a.id, continued: 'no' }} count={a.people} label="people lost here">
            Open people
          </Door>
        ),
        step: (
          <Link to="/map" search={{ at: a.id }} className="button">
            See where they stop
          </Link>
        ),
      }
    case 'unmapped':
      return {
        ...base,
        people: (
          <Door who={{ event: a.id }} count={a.people} label="people with this event">
            Open people
          </Door>
        ),
        step: (
          <Link to="/map" search={{ place: a.id }} className="button">
            Give it a place
          </Link>
        ),
      }
    default:
      return {
        ...base,
        people: (
          <Door who={{ goal: a.id }} count={1} label="people under this goal">
            Open people
          </Door>
        ),
        step: (
          <Link to="/goals/$id" params={{ id: a.id }} className="button">
            See the evidence
          </Link>
        ),
      }
  }
}
