import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'

import { useRestore } from '@api/definitions'
import type { Applied, LifecycleMap } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import { PlaceEvent } from './PlaceEvent'

const ChangeTouchpoint = lazy(() => import('./ChangeTouchpoint').then((m) => ({ default: m.ChangeTouchpoint })))

/** The event of the address that is given a place, or the touchpoint that is changed; what came of the last one, and the way back. */
export function Placing({ map }: { map: LifecycleMap }): React.JSX.Element | null {
  const { place, change } = useSearch({ from: '/map' })
  const navigate = useNavigate({ from: '/map' })
  const [done, setDone] = useState<{ words: string; number: number; hash: string; before: string }>()
  const restore = useRestore()
  const shut = (): void => void navigate({ search: (old) => ({ ...old, place: undefined, change: undefined }), replace: true, resetScroll: false })
  const touchpoint = map.touchpoints.find((t) => t.id === change)
  const applied = ({ version }: Applied, before: string, words: string): void => {
    restore.reset()
    setDone({ words, number: version.number, hash: version.hash, before })
    shut()
  }
  return (
    <>
      {place && <PlaceEvent key={place} event={place} map={map} onClose={shut} onPlaced={(a, before) => applied(a, before, `“${place}” is on the map`)} />}
      {touchpoint && (
        <Suspense>
          <ChangeTouchpoint key={change} of={touchpoint} map={map} onClose={shut} onDone={applied} />
        </Suspense>
      )}
      {done && (
        <p className="placed" role="status">
          {restore.isSuccess ? 'It is as it was before.' : `${done.words}, in version ${done.number} of the definitions.`}
          {!restore.isSuccess && (
            <Button disabled={restore.isPending} onClick={() => restore.mutate({ hash: done.before, base: done.hash, message: `Undo of version ${done.number}` })}>
              Undo
            </Button>
          )}
          <Refused error={restore.error} />
        </p>
      )}
    </>
  )
}
