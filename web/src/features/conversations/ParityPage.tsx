import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { parityQuery } from '@api/conversations'
import type { Parity, ParityCell } from '@api/types'
import { plural } from '@lib/formatNumber'
import { Empty, Failed, Skeleton } from '@ui/States'

import './Conversations.css'

/** Every conversation on every channel: whether it can be held there, comes to the same end, and where people stop. */
export function ParityPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(parityQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Parity · Rapport</title>
      <div className="heading">
        <h1>Can people do everything in every channel?</h1>
        <p className="answer">{data ? answer(data) : '\u00a0'}</p>
      </div>
      {!data && (error ? <Failed error={error} what="The comparison" retry={() => void refetch()} /> : <Skeleton rows={5} height={56} what="the comparison" />)}
      {data && data.tasks.length === 0 && <Empty title="There is nothing to compare yet">Conversations are compared here by channel as soon as there are some.</Empty>}
      {data && data.tasks.length > 0 && <Matrix parity={data} />}
      {data && data.gaps.length > 0 && (
        <section className="section" aria-labelledby="gaps">
          <h2 id="gaps">Gaps, by how many people meet them</h2>
          <ol className="gaps">
            {data.gaps.slice(0, 20).map((g) => (
              <li key={`${g.task} ${g.channel} ${g.sentence}`}>
                <span className="gap-people">{g.people}</span> {g.sentence}
              </li>
            ))}
          </ol>
        </section>
      )}
    </main>
  )
}

function answer(p: Parity): string {
  const cells = p.tasks.flatMap((t) => t.cells)
  if (cells.length === 0) return 'There is nothing to compare yet.'
  const can = cells.filter((c) => c.available && c.same === c.tests && c.lacking.length === 0).length
  return can === cells.length ? `Yes: ${plural(p.tasks.length, 'task', 'tasks')} on ${plural(p.channels.length, 'channel', 'channels')}, each to the same end with the same information.` : `Not yet: ${cells.length - can} of ${cells.length} are missing, come to another end or tell less.`
}

function Matrix({ parity }: { parity: Parity }): React.JSX.Element {
  return (
    // It scrolls, so that the keys have to get to it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="parity-scroll" role="region" aria-label="Tasks by channel" tabIndex={0}>
      <table className="parity">
        <thead>
          <tr>
            <th scope="col">Task</th>
            {parity.channels.map((c) => (
              <th key={c} scope="col">
                {c}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parity.tasks.map((t) => (
            <tr key={t.id}>
              <th scope="row">
                <Link to="/conversations/$id" params={{ id: t.id }} className="door">
                  {t.name}
                </Link>
              </th>
              {t.cells.map((c) => (
                <td key={c.channel}>
                  <Cell cell={c} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({ cell: c }: { cell: ParityCell }): React.JSX.Element {
  if (!c.available) {
    return (
      <>
        <p className="test-fails">Cannot be</p>
        <p className="small quiet">{c.why}</p>
      </>
    )
  }
  return (
    <>
      <p className={c.same < c.tests || c.lacking.length > 0 ? 'test-fails' : 'test-holds'}>{c.same < c.tests ? `Differs in ${c.tests - c.same} of ${c.tests}` : c.tests > 0 ? c.lacking.length > 0 ? 'Same end, tells less' : 'Same end, same information' : 'Can be, untested'}</p>
      <p className="small quiet">
        {c.people === 0
          ? 'nobody yet'
          : `${plural(c.people, 'conversation', 'conversations')}: ${c.done} done, ${c.handed_over} handed over, ${c.left} stopped${c.turns > 0 ? `; ${c.turns.toFixed(1)} turns` : ''}`}
      </p>
      {c.lacking.map((l) => (
        <p key={l.step} className="small test-fails">
          not told at {l.step}: {l.facts.join(', ')}
        </p>
      ))}
      {c.otherwise.length > 0 && <p className="small quiet">said otherwise: {c.otherwise.join(', ')}</p>}
    </>
  )
}
