import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { mapQuery } from '@api/queries'
import { Button } from '@ui/Button'
import { Door } from '@ui/Door'

/** The stages and how many are in each, and what has no place yet. */
export function MapStep({ next }: { next: () => void }): React.JSX.Element {
  const { data: map } = useQuery(mapQuery)
  return (
    <>
      <ol className="start-stages">
        {map?.stages.map((s) => (
          <li key={s.id}>
            <span className="small quiet">{s.name}</span>
            <Door who={{ stage: s.id }} count={s.people} label={`people in ${s.name}`} className="start-figure" />
          </li>
        ))}
      </ol>
      {map && map.unmapped.length > 0 && (
        <p>
          Without a place yet:{' '}
          {map.unmapped.slice(0, 5).map((u, i) => (
            <span key={u.event}>
              {i > 0 && ', '}
              <Link to="/map" search={{ place: u.event }}>
                {u.event}
              </Link>
            </span>
          ))}
          .
        </p>
      )}
      <p className="start-acts">
        <Button look="main" onClick={next}>
          Name a goal
        </Button>
        <Link to="/map" className="button">
          Open the map
        </Link>
      </p>
    </>
  )
}
