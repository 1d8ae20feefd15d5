import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { journeyQuery } from '@api/journeys'
import type { Filter, Journey, JourneyReason } from '@api/types'
import { formatPercent } from '@lib/formatPercent'
import { Door } from '@ui/Door'
import { Figure } from '@ui/Figure'
import { Failed, Skeleton } from '@ui/States'

import { JourneyFlow } from './JourneyFlow'
import './Journeys.css'

/** One journey, drawn, with the people at each step. */
export function JourneyPage(): React.JSX.Element {
  const { id } = useParams({ from: '/journeys/$id' })
  const { data: j, error, refetch } = useQuery(journeyQuery(id))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${j?.name ?? 'Journey'} · Rapport`}</title>
      <div className="heading">
        <p className="small">
          <Link to="/journeys" className="door">
            Journeys
          </Link>
        </p>
        <h1>{j?.name ?? '\u00a0'}</h1>
        <p className="answer">{j ? j.sentence : '\u00a0'}</p>
      </div>
      {!j && (error ? <Failed error={error} what="The journey" retry={() => void refetch()} /> : <Skeleton rows={6} height={96} what="the journey" />)}
      {j && (
        <>
          <Terms journey={j} />
          <Drawn journey={j} />
          <div className="journey-ends">
            <Reasons title="How people came through" nobody="Nobody is through yet." rows={j.outcomes} who={(code) => ({ journey: j.id, stride: 'through', step: code })} />
            <Reasons title="Why people left before" nobody="Nobody left." rows={j.leaving} who={(code) => ({ journey: j.id, stride: 'left', step: code })} />
            {j.steps
              .filter((s) => s.why.length > 0)
              .map((s) => (
                <Reasons key={s.id} title={`Why “${s.name}” was not sent`} nobody="" rows={s.why} who={(code) => ({ journey: j.id, stride: 'because', step: `${s.id}>${code}` })} />
              ))}
          </div>
        </>
      )}
    </main>
  )
}

/** What holds for the journey as a whole. */
function Terms({ journey: j }: { journey: Journey }): React.JSX.Element {
  return (
    <dl className="journey-terms">
      <Term name="Begins">{j.begins}</Term>
      {j.leave && (
        <Term name="Is left">
          where <code>{j.leave}</code>
        </Term>
      )}
      {!j.broadcast && <Term name="When it is changed">{j.moves ? 'those inside go on by the changed steps' : 'those inside finish the steps that they began under'}</Term>}
      <Term name="Kept out">
        {j.transactional ? 'nobody: it is what people are owed' : j.holdout > 0 ? `${formatPercent(j.holdout)}, and who is kept out of everything` : 'only who is kept out of everything'}
        {j.held_out > 0 && (
          <>
            {'; so far '}
            <Door who={{ journey: j.id, stride: 'held_out' }} count={j.held_out} label="people kept out" />
          </>
        )}
      </Term>
    </dl>
  )
}

function Term({ name, children }: { name: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <div>
      <dt className="small quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Drawn({ journey: j }: { journey: Journey }): React.JSX.Element {
  return (
    <section className="section">
      <Figure
        title="The way through"
        words={`${j.steps.length} steps, with the people who came to each and those who are there now`}
        head={['Step', 'Does', 'Came', 'There now', 'Sent', 'Not sent']}
        rows={j.steps.map((s) => [s.name, `${s.kind.replace('_', ' ')} ${s.text}`, s.arrived, s.here, s.sent, s.not_sent])}
        doors
      >
        <JourneyFlow journey={j} />
      </Figure>
    </section>
  )
}

interface ReasonsProps {
  title: string
  nobody: string
  rows: JourneyReason[]
  who: (code: string) => Filter
}

function Reasons({ title, nobody, rows, who }: ReasonsProps): React.JSX.Element {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 && <p className="quiet">{nobody}</p>}
      <ul className="journey-reasons">
        {rows.map((r) => (
          <li key={r.code}>
            <span>{r.words}</span>
            <Door who={who(r.code)} count={r.people} label={`people: ${r.words}`} />
          </li>
        ))}
      </ul>
    </section>
  )
}
