import { Link } from '@tanstack/react-router'

import type { DefinitionVersions } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { formatMoment } from '@lib/formatTime'
import { useShowAll } from '@ui/useShowAll'

/** Every version that ever came into force, the newest first. */
export function History({ of: { versions }, here }: { of: DefinitionVersions; here: string | undefined }): React.JSX.Element {
  const { shown, button } = useShowAll(versions, 12, 'versions')
  return (
    <section className="section" aria-labelledby="history">
      <h2 id="history">Versions</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ol className="list list-dense versions" onKeyDown={(e) => moveFocus(e, 'a')}>
        {shown.map((v, i) => (
          <li key={v.number}>
            <Link to="/definitions" search={i === 0 ? {} : { version: String(v.number) }} className="list-door" aria-current={here === String(v.number) || (here === undefined && i === 0) ? 'true' : undefined}>
              {v.number}
            </Link>
            <span className="clip" title={v.message}>
              {v.message || <span className="quiet">{v.number === 1 ? 'the first' : 'no reason was given'}</span>}
            </span>
            <span className="small quiet nowrap">
              {v.by && `${v.by}, `}
              {formatMoment(v.at)}
            </span>
          </li>
        ))}
      </ol>
      {button}
    </section>
  )
}
