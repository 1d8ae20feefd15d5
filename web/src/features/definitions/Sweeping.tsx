import { useQuery } from '@tanstack/react-query'

import { sweepQuery } from '@api/definitions'
import { typeset } from '@lib/typeset'

/** How far people have been brought up to the definitions in force. */
export function Sweeping(): React.JSX.Element {
  const { data: sweep } = useQuery(sweepQuery)
  return (
    <div className="sweeping" role="status">
      <p className="quiet">{sweep ? typeset(sweep.sentence) : '\u00a0'}</p>
      <span className="measure" data-running={sweep?.running} aria-hidden="true">
        {sweep?.running && <i style={{ width: `${sweep.share * 100}%` }} />}
      </span>
    </div>
  )
}
