import { useState } from 'react'
import type { ReactNode } from 'react'

import './Figure.css'

interface Props {
  title: string
  /** What the picture shows, in a sentence. */
  words: string
  head: string[]
  rows: (string | number)[][]
  children: ReactNode
  legend?: ReactNode
  /** There are doors in the picture, so it is not heard as one thing. */
  doors?: boolean
}

/** A chart with the table behind it: always there for screen readers, and for everybody on request. */
export function Figure({ title, words, head, rows, children, legend, doors = false }: Props): React.JSX.Element {
  const [table, setTable] = useState(false)
  return (
    <figure className="figure">
      <figcaption className="figure-head">
        <h2>{title}</h2>
        {legend}
        <button type="button" className="figure-toggle" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? 'Show as picture' : 'Show as table'}
        </button>
      </figcaption>
      {!table && (
        <div role={doors ? 'group' : 'img'} aria-label={`${title}: ${words}`}>
          {children}
        </div>
      )}
      {table && (
        // The scrolling region takes focus so that it scrolls by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="figure-table" tabIndex={0} role="region" aria-label={`${title} as a table`}>
          <table className="table">
            <caption className="hidden">{words}</caption>
            <thead>
              <tr>
                {head.map((h) => (
                  <th key={h} scope="col">
                    {h}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </figure>
  )
}
