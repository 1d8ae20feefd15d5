import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import { statesQuery } from '@api/states'
import type { States } from '@api/types'
import { typeset } from '@lib/typeset'
import { Estimate } from '@ui/Estimate'
import { Missing } from '@ui/Missing'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Drift } from './Drift'
import { Flows } from './Flows'
import { Models } from './Models'
import { Moving } from './Moving'
import { StateList } from './StateList'
import './StatesPage.css'

/** Where relationships stand, where they go by themselves, and what moves them. */
export function StatesPage(): React.JSX.Element {
  const { days = 28 } = useSearch({ from: '/states' })
  const { data, error, refetch } = useQuery(statesQuery(days))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>States · Rapport</title>
      <div className="heading">
        <h1>Where do relationships stand?</h1>
        <p className="answer">{data ? typeset(data.answer) : error ? 'That cannot be said now.' : '\u00a0'}</p>
      </div>
      {data ? <Loaded of={data} days={days} /> : error ? <Failed error={error} what="The states" retry={() => void refetch()} /> : <Skeleton rows={14} height={48} what="states" />}
      {data && <Models />}
    </main>
  )
}

function Loaded({ of: s, days }: { of: States; days: number }): React.JSX.Element {
  if (!s.model) {
    return (
      <Empty title="Nobody is followed by a model yet">
        <p>A model learns from everybody’s acts and silences which states relationships pass through, and what moves people between them. Until then stages serve.</p>
        {s.needs && <Missing needs={s.needs} />}
      </Empty>
    )
  }
  return (
    <>
      <StateList of={s} />
      <div className="states-columns">
        <Flows of={s} days={days} />
        <Drift of={s} />
      </div>
      <Moving of={s} />
      {s.trust && (
        <section className="section" aria-labelledby="trust">
          <h2 id="trust">How far states are trusted</h2>
          <p>{typeset(s.trust.sentence)}</p>
          <dl className="facts states-trust">
            <div>
              <dt>Came in half a year, for each 1 by which a state had moved up</dt>
              <dd>
                <Estimate of={s.trust.slope} format={(v) => v.toFixed(2)} domain={[0, 2]} against={{ value: 1, name: 'if states are right' }} />
              </dd>
            </div>
          </dl>
          <p className="small quiet">
            Each model has its own evidence: another begins anew, and going back brings that of the older one back.{' '}
            <Link to="/decisions" className="door">
              The choices that it rests on
            </Link>
          </p>
        </section>
      )}
      <p className="small quiet">
        The model is made of {typeset(s.model.form)}. {typeset(s.model.sentence)}
      </p>
    </>
  )
}
