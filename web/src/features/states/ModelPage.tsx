import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { modelQuery } from '@api/states'
import type { ModelDetail } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatDay, formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'
import { TableScroll } from '@ui/TableScroll'

import { Calibration } from './Calibration'

import './StatesPage.css'

/** One model: what it was learned from, and how well it foretold what it had not seen. */
export function ModelPage(): React.JSX.Element {
  const { number } = useParams({ from: '/states/$number' })
  const { data, error, refetch } = useQuery(modelQuery(Number(number)))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`Model ${number} · Rapport`}</title>
      <div className="heading">
        <h1>How well does model {number} foretell?</h1>
        <p className="answer">{data ? typeset(data.sentence) : '\u00a0'}</p>
      </div>
      {data ? <Loaded of={data} /> : error ? <Failed error={error} what="This model" retry={() => void refetch()} /> : <Skeleton rows={10} height={48} what="the model" />}
      <p>
        <Link to="/states" className="door">
          All models, and where relationships stand
        </Link>
      </p>
    </main>
  )
}

function Loaded({ of: m }: { of: ModelDetail }): React.JSX.Element {
  const t = m.trained
  return (
    <>
      <p className="quiet">
        {m.followed ? 'People are followed by it. ' : ''}
        Trained {formatMoment(m.at)} from {plural(t.people, 'person', 'people')}, {plural(t.acts, 'act', 'acts')} and {plural(t.touches, 'touch', 'touches')} between {formatDay(t.from)} and {formatDay(t.to)}: {t.form}, {plural(t.parameters, 'parameter', 'parameters')}. {typeset(t.reason)}
      </p>
      {m.examined.scores.length === 0 ? (
        <Empty title="It has not been examined">There were too few people and too little time to keep some back.</Empty>
      ) : (
        <div className="states-columns">
          <Scores of={m} />
          <Calibration of={m.examined} />
        </div>
      )}
      <Beginnings of={m} />
      <Forms of={m} />
    </>
  )
}

/** Where people are when their relationship begins, by what was declared to tell. */
function Beginnings({ of: { start, states, trained: t } }: { of: ModelDetail }): React.JSX.Element | null {
  const tried = t.starts ?? []
  if (!start && tried.length === 0) return null
  const rows = start ? [...start.values, start.others] : []
  const percent = (p: number): string => `${Math.round(100 * p)} %`
  return (
    <div className="section">
      <h2>How relationships begin</h2>
      {start ? (
        <TableScroll name="How relationships begin">
          <table className="table table-named">
            <caption className="hidden">Where people are when their relationship begins</caption>
            <thead>
              <tr>
                <th scope="col">{start.trait ? `Trait ${start.trait}` : start.property}</th>
                <th scope="col" className="number">
                  Learned from
                </th>
                {states.map((s) => (
                  <th key={s.id} scope="col" className="number">
                    {s.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((r, i) => (
                <tr key={i}>
                  <th scope="row">{i === rows.length - 1 ? 'Any other, and new ones' : r.value === '' ? 'None was known' : r.value}</th>
                  <td className="number">{plural(r.people, 'person', 'people')}</td>
                  {r.p.map((p, k) => (
                    <td key={k} className="number">
                      {percent(p)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      ) : (
        <p>They begin alike: nothing that was declared tells otherwise.</p>
      )}
      {tried.map((s) => (
        <p key={(s.trait ?? '') + '/' + (s.property ?? '')} className="small quiet">
          {typeset(s.sentence)}
        </p>
      ))}
    </div>
  )
}

function Scores({ of: { examined: x } }: { of: ModelDetail }): React.JSX.Element {
  return (
    <div className="section">
      <h2>On people and time that it had not seen</h2>
      <TableScroll name="How well each foretold">
        <table className="table table-named">
          <caption className="hidden">How well each model foretold</caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" className="number">
                Acts expected
              </th>
              <th scope="col" className="number">
                Acts that came
              </th>
              <th scope="col" className="number">
                Off, a person
              </th>
              <th scope="col" className="number">
                Score, nats a person
              </th>
            </tr>
          </thead>
          <tbody>
            {x.scores.map((s) => (
              <tr key={s.name}>
                <th scope="row">{s.name}</th>
                <td className="number">{formatNumber(Math.round(s.acts))}</td>
                <td className="number">{formatNumber(Math.round(s.came))}</td>
                <td className="number">{s.error.toFixed(2)}</td>
                <td className="number">{s.held_out.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <p className="small quiet">
        {plural(x.people, 'person was', 'people were')} kept back from learning, and judged from {formatDay(x.from)} to {formatDay(x.to)}. A higher score is better.
      </p>
    </div>
  )
}

function Forms({ of: { trained: t } }: { of: ModelDetail }): React.JSX.Element | null {
  if (t.candidates.length === 0) return null
  return (
    <div className="section">
      <h2>Forms that were compared</h2>
      <TableScroll name="Forms that were compared">
        <table className="table table-named">
          <caption className="hidden">Forms of the model that were compared on what was held out</caption>
          <thead>
            <tr>
              <th scope="col">Form</th>
              <th scope="col" className="number">
                Score held out, nats a person
              </th>
              <th scope="col" className="number">
                Standard error
              </th>
              <th scope="col" className="number">
                Parameters
              </th>
              <th scope="col">Why it cannot serve</th>
            </tr>
          </thead>
          <tbody>
            {t.candidates.map((c) => (
              <tr key={c.name}>
                <th scope="row">{c.name}</th>
                <td className="number">{c.held_out.toFixed(3)}</td>
                <td className="number">{c.error.toFixed(3)}</td>
                <td className="number">{c.parameters}</td>
                <td>{c.refused ? typeset(c.refused) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </div>
  )
}
