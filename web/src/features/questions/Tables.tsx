import { useQuery } from '@tanstack/react-query'

import { tablesQuery } from '@api/questions'
import { Failed, Skeleton } from '@ui/States'

/** What can be asked about. A click writes the name into the question. */
export function Tables({ onInsert }: { onInsert: (text: string) => void }): React.JSX.Element {
  const { data, error, refetch } = useQuery(tablesQuery)
  return (
    <section className="section" aria-labelledby="tables">
      <h2 id="tables">What can be asked</h2>
      {!data && (error ? <Failed error={error} what="The tables" retry={() => void refetch()} /> : <Skeleton rows={6} height={33} what="tables" />)}
      {data?.tables.map((t) => (
        <details key={t.name} className="ask-table">
          <summary>
            <span className="mono">{t.name}</span>
          </summary>
          <p className="small quiet">{t.about}</p>
          <p>
            <button type="button" className="ask-insert small" onClick={() => onInsert(t.name)}>
              Write its name
            </button>
          </p>
          <dl>
            {t.columns.map((c) => (
              <div key={c.name}>
                <dt>
                  <button type="button" className="ask-insert mono" onClick={() => onInsert(c.name)} title={`Write ${c.name}`}>
                    {c.name}
                  </button>
                  <span className="small quiet"> {c.type.toLowerCase()}</span>
                </dt>
                {c.about && <dd className="small quiet">{c.about}</dd>}
              </div>
            ))}
          </dl>
        </details>
      ))}
    </section>
  )
}
