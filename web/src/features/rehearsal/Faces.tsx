import { useQuery } from '@tanstack/react-query'

import { facesQuery } from '@api/rehearsals'
import type { Beliefs, Cast, Rehearsal } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { Panel } from '@ui/Panel'
import { Failed, Skeleton } from '@ui/States'

import type { Who } from './who'
import { named } from './who'
import { colour } from './words'

interface Props {
  rehearsal: Rehearsal
  cast: Cast
  beliefs: Beliefs | undefined
  who: Who
  day: number
  onFollow: (person: number) => void
  onClose: () => void
}

/** The people behind a number of a rehearsal, as of the last day that it has lived. */
export function Faces({ rehearsal, cast, beliefs, who, day, onFollow, onClose }: Props): React.JSX.Element {
  const asOf = rehearsal.condition === 'playing' ? day - (day % 5) : day
  const { data, error, refetch } = useQuery({ ...facesQuery(rehearsal.id, who, asOf), placeholderData: (before) => before })
  const title = named(who, cast, beliefs)
  return (
    <Panel title={title.charAt(0).toUpperCase() + title.slice(1)} words={data ? `${plural(data.all, 'person', 'people')} on day ${day}${data.all > data.people.length ? `; the first ${formatNumber(data.people.length)} are shown` : ''}. Click one to follow their life.` : 'People of this rehearsal'} onClose={onClose}>
      {data && (
        <ul className="faces">
          {data.people.map((p) => (
            <li key={p.person}>
              <button type="button" className="faces-one" onClick={() => onFollow(p.person)}>
                <i style={{ background: colour(p.truth) }} aria-hidden="true" />
                <span>{p.name}</span>
                <span className="quiet small">
                  {p.truth}
                  {p.believed ? `; believed ${p.believed.toLowerCase()}, gone with ${formatPercent(p.gone)}` : ''}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {!data && (error ? <Failed error={error} what="These people" retry={() => void refetch()} /> : <Skeleton rows={8} height={40} what="these people" />)}
    </Panel>
  )
}
