import type { DefinitionChange, Difference } from '@api/types'
import { typeset } from '@lib/typeset'
import { useShowAll } from '@ui/useShowAll'

/** What a version changes, object by object, and what that does to people. */
export function Changes({ of: d, title }: { of: Difference; title: string }): React.JSX.Element {
  const { shown, button } = useShowAll(d.changes, 12, 'changes')
  return (
    <section className="section" aria-labelledby="changes">
      <h2 id="changes">{title}</h2>
      <p>{typeset(d.sentence)}</p>
      {shown.length > 0 && (
        <ul className="changes">
          {shown.map((c) => (
            <Change key={`${c.kind} ${c.id ?? ''}`} of={c} />
          ))}
        </ul>
      )}
      {button}
    </section>
  )
}

const marks = { added: '+', removed: '−', changed: '~' }

function Change({ of: c }: { of: DefinitionChange }): React.JSX.Element {
  return (
    <li>
      <p>
        <span className="change-mark" aria-hidden="true">
          {marks[c.verb]}
        </span>
        <span className="hidden">{c.verb} </span>
        {c.kind} <span className="mono">{c.id}</span>
      </p>
      {c.effect && <p className="small quiet">{typeset(c.effect)}</p>}
      {c.fields.slice(0, 8).map((f) => (
        <dl key={f.path} className="change-field">
          <dt className="small mono">{f.path}</dt>
          <dd className="small mono">
            {f.from && <del>{f.from}</del>} {f.to && <ins>{f.to}</ins>}
          </dd>
        </dl>
      ))}
      {c.fields.length > 8 && <p className="small quiet">and {c.fields.length - 8} more; the text shows all of them.</p>}
    </li>
  )
}
