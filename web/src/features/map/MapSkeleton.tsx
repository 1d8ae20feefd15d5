import { useDelayed } from '@lib/useDelayed'

/** The shape of the map, in grey. */
export function MapSkeleton(): React.JSX.Element {
  const late = useDelayed(true)
  return (
    <div className="map-skeleton" role="status" aria-label="Loading the map">
      {late &&
        Array.from({ length: 6 }, (_, column) => (
          <div key={column}>
            <i className="map-skeleton-head" />
            {Array.from({ length: 2 + ((column * 5 + 3) % 4) }, (_, row) => (
              <i key={row} className="map-skeleton-node" />
            ))}
          </div>
        ))}
    </div>
  )
}
