import type { SourceProblem } from '@api/types'
import { moveFocus } from '@lib/moveFocus'

/** What stands in the way of applying a text. A click leads to its line. */
export function Problems({ of: problems, onOpen }: { of: SourceProblem[]; onOpen: (p: SourceProblem) => void }): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="problems">
      <h2 id="problems">What is wrong</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ol className="problems" onKeyDown={(e) => moveFocus(e, 'button')}>
        {problems.map((p, i) => (
          <li key={i}>
            <button type="button" onClick={() => onOpen(p)}>
              <span className="small mono">
                {p.line > 0 && `line ${p.line}, `}
                {p.path || 'the whole'}
              </span>
              <span>
                {p.what}
                {p.mend && <span className="quiet">; {p.mend}</span>}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
