import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { modelsQuery, usePromote, useRetire, useTrain } from '@api/states'
import type { ModelRow, TrainingStatus } from '@api/types'
import { formatDuration } from '@lib/formatDuration'
import { formatNumber } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'
import { Failed, Skeleton } from '@ui/States'

const stages = { gather: 'Reading histories', choose: 'Comparing forms', examine: 'Examining on what it had not seen', fit: 'Learning from everybody' }

/** Models that were trained, which of them is followed, and the one that is being trained. */
export function Models(): React.JSX.Element {
  const { data, error, refetch } = useQuery(modelsQuery)
  const train = useTrain()
  const promote = usePromote()
  const retire = useRetire()
  const followed = data?.models.find((m) => m.followed)
  const before = data?.models.filter((m) => !m.followed && m.in_force).sort((a, b) => (b.in_force ?? '').localeCompare(a.in_force ?? ''))[0]
  return (
    <section className="section" aria-labelledby="models">
      <div className="states-models-head">
        <h2 id="models">Models</h2>
        {data && !data.training.running && (
          <Button onClick={() => train.mutate()} disabled={train.isPending}>
            Train a model now
          </Button>
        )}
      </div>
      {!data && (error ? <Failed error={error} what="The models" retry={() => void refetch()} /> : <Skeleton rows={3} height={56} what="models" />)}
      {data && <Training of={data.training} />}
      <Refused error={train.error ?? promote.error ?? retire.error} />
      {data?.models.length === 0 && !data.training.running && <p className="quiet">None was trained yet.</p>}
      {data && data.models.length > 0 && (
        <ul className="rows states-models">
          {data.models.map((m) => (
            <li key={m.number}>
              <Model of={m} />
              {m.hash && !m.followed && (
                <Button onClick={() => promote.mutate(m.number)} disabled={promote.isPending}>
                  {m === before ? 'Go back to it' : 'Follow people by it'}
                </Button>
              )}
              {m.followed && (
                <Button onClick={() => retire.mutate()} disabled={retire.isPending}>
                  Follow by none
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {followed === undefined && data && data.models.some((m) => m.hash) && <p className="small quiet">People are followed by none of them: stages serve. Any can be taken up again with a click.</p>}
    </section>
  )
}

function Model({ of: m }: { of: ModelRow }): React.JSX.Element {
  return (
    <div>
      <p>
        {m.hash ? (
          <Link to="/states/$number" params={{ number: String(m.number) }} className="door">
            Model {m.number}
          </Link>
        ) : (
          `Model ${m.number}`
        )}{' '}
        {m.followed && <strong>is followed</strong>}
      </p>
      <p className="small quiet">
        Trained {formatMoment(m.at)} {m.by && `by ${m.by === 'schedule' ? 'schedule' : m.by}`} from {formatNumber(m.people)} people in {formatDuration(m.took)}.{m.in_force && ` In force since ${formatMoment(m.in_force)}.`} {m.why && typeset(m.why)}
      </p>
    </div>
  )
}

function Training({ of: t }: { of: TrainingStatus }): React.JSX.Element | null {
  if (!t.running && !t.failed && !t.drift?.raised) return null
  return (
    <div className="states-training" role="status">
      {t.running && (
        <>
          <p>
            A model is being trained. {t.stage && `${stages[t.stage]}. `}
            <span className="quiet">{typeset(t.message)}</span>
          </p>
          <span className="measure" role="img" aria-label={`${Math.round(t.done * 100)} percent`}>
            <i style={{ width: `${t.done * 100}%` }} />
          </span>
        </>
      )}
      {!t.running && t.failed && <p>The last training came to nothing: {typeset(t.failed)}</p>}
      {t.drift?.raised && (
        <p role="alert">
          {typeset(t.drift.sentence ?? '')} <strong>Train another.</strong>
        </p>
      )}
    </div>
  )
}
