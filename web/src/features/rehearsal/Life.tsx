import { useQuery } from '@tanstack/react-query'

import { storyQuery } from '@api/rehearsals'
import type { Cast, Rehearsal, Story } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatMoment } from '@lib/formatTime'
import { Panel } from '@ui/Panel'
import { Failed, Skeleton } from '@ui/States'

import { Lives } from './Lives'

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

function Told({ story, cast }: { story: Story; cast: Cast }): React.JSX.Element {
  const acts = story.acts ?? []
  return (
    <div className="life">
      {(story.spells ?? []).length > 0 && <Lives story={story} cast={cast} />}
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
