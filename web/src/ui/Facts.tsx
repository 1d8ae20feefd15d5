import type { ReactNode } from 'react'

interface Props {
  title: string
  rows: [ReactNode, ReactNode][]
  /** What stands there without rows. */
  none: string
  note?: ReactNode
  /** The value under the name instead of beside it. */
  stacked?: boolean
}

/** Names and values under a heading. */
export function Facts({ title, rows, none, note, stacked = false }: Props): React.JSX.Element {
  return (
    <section className="section">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="quiet">{none}</p>
      ) : (
        <dl className={stacked ? 'facts facts-stacked' : 'facts'}>
          {rows.map(([name, value], i) => (
            <div key={i}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {note && <p className="small quiet">{note}</p>}
    </section>
  )
}
