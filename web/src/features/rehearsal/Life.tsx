import { useQuery } from '@tanstack/react-query'

import { storyQuery } from '@api/rehearsals'
import type { Cast, Rehearsal, Story } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatDay, formatMoment } from '@lib/formatTime'
import { Panel } from '@ui/Panel'
import { Failed, Skeleton } from '@ui/States'

import { colour } from './words'

/** One life of a rehearsal: the states that they really went through, and what they and the company did. */
export function Life({ rehearsal, cast, person, day, currency, onClose }: { rehearsal: Rehearsal; cast: Cast; person: number; day: number; currency: string; onClose: () => void }): React.JSX.Element {
  // While it plays, a life is told anew every few days and not with each.
  const asOf = rehearsal.condition === 'playing' ? day - (day % 5) : day
  const { data, error, refetch } = useQuery({ ...storyQuery(rehearsal.id, person, asOf), placeholderData: (before) => before })
  const name = cast.names[person] ?? `Person ${person}`
  return (
    <Panel title={name} words={data ? words(data, cast, currency) : 'One life of this rehearsal'} onClose={onClose}>
      {data && <Told story={data} cast={cast} />}
      {!data && (error ? <Failed error={error} what="This life" retry={() => void refetch()} /> : <Skeleton rows={8} height={40} what="this life" />)}
    </Panel>
  )
}

function words(story: Story, cast: Cast, currency: string): string {
  if (!story.came) return 'They have not turned up yet.'
  const state = cast.states[story.spells?.at(-1)?.state ?? -1] ?? ''
  return `Really ${state}${story.stage ? `; the engine sees them at ${story.stage}` : ''}. They have spent ${formatUnits(Number(story.earned ?? 0), currency)}.`
}

const WIDTH = 400

function Told({ story, cast }: { story: Story; cast: Cast }): React.JSX.Element {
  const spells = story.spells ?? []
  const acts = story.acts ?? []
  const start = new Date(spells[0]?.from ?? 0).getTime()
  const span = Math.max(1, new Date(story.until ?? 0).getTime() - start)
  const x = (at: string | null): number => (WIDTH * (new Date(at ?? 0).getTime() - start)) / span
  return (
    <div className="life">
      {spells.length > 0 && (
        <svg viewBox={`0 0 ${WIDTH} 44`} className="life-ribbon" role="img" aria-label={spells.map((s) => `${cast.states[s.state] ?? ''} from ${formatDay(s.from)}`).join(', ')}>
          {spells.map((s, i) => (
            <rect key={i} x={x(s.from)} width={Math.max(1, x(spells[i + 1]?.from ?? story.until) - x(s.from))} y={14} height={16} fill={colour(cast.states[s.state])}>
              <title>{`${cast.states[s.state] ?? ''} from ${formatDay(s.from)}`}</title>
            </rect>
          ))}
          {acts.map((a, i) => (a.who === 'person' ? <line key={i} x1={x(a.at)} x2={x(a.at)} y1={4} y2={13} className="life-theirs" /> : a.who === 'company' ? <line key={i} x1={x(a.at)} x2={x(a.at)} y1={31} y2={40} className="life-ours" /> : null))}
        </svg>
      )}
      <p className="small quiet">Above the ribbon, what they did of themselves; below it, letters.</p>
      <ol className="life-acts" reversed>
        {acts.toReversed().map((a, i) => (
          <li key={i} className={`life-act life-${a.who}`}>
            <time className="small quiet" dateTime={a.at ?? ''}>
              {formatMoment(a.at)}
            </time>
            <span>{a.what}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
