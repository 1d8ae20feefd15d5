import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { useRestore } from '@api/definitions'
import type { LifecycleMap } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import { PlaceEvent } from './PlaceEvent'

/** The event of the address that is given a place, what came of the last one, and the way back. */
export function Placing({ map }: { map: LifecycleMap }): React.JSX.Element | null {
  const { place } = useSearch({ from: '/map' })
  const navigate = useNavigate({ from: '/map' })
  const [placed, setPlaced] = useState<{ event: string; number: number; hash: string; before: string }>()
  const restore = useRestore()
  const shut = (): void => void navigate({ search: (old) => ({ ...old, place: undefined }), replace: true, resetScroll: false })
  return (
    <>
      {place && (
        <PlaceEvent
          key={place}
          event={place}
          map={map}
          onClose={shut}
          onPlaced={(applied, before) => {
            restore.reset()
            setPlaced({ event: place, number: applied.version.number, hash: applied.version.hash, before })
            shut()
          }}
        />
      )}
      {placed && (
        <p className="placed" role="status">
          {restore.isSuccess ? `“${placed.event}” is off the map again.` : `“${placed.event}” is on the map, in version ${placed.number} of the definitions.`}
          {!restore.isSuccess && (
            <Button disabled={restore.isPending} onClick={() => restore.mutate({ hash: placed.before, base: placed.hash, message: `Undo of version ${placed.number}` })}>
              Undo
            </Button>
          )}
          <Refused error={restore.error} />
        </p>
      )}
    </>
  )
}
