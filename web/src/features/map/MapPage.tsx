import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'

import { mapOf } from '@api/queries'
import type { LifecycleMap } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { NARROW, useMedia } from '@lib/useMedia'
import { scopeOf } from '@lib/scope'
import { typeset } from '@lib/typeset'
import { InScope } from '@ui/inScope'
import { ScopeBar } from '@ui/ScopeBar'
import { Empty, Failed } from '@ui/States'

import { DeadEnds } from './DeadEnds'
import { Legend } from './Legend'
import { MapList } from './MapList'
import { MapPicture } from './MapPicture'
import { MapSkeleton } from './MapSkeleton'
import { MapTable } from './MapTable'
import { Overview } from './Overview'
import { Placing } from './Placing'
import { TouchpointDetail } from './TouchpointDetail'
import { Tray } from './Tray'
import { sightOf } from './unmet'
import './MapPage.css'

export function MapPage(): React.JSX.Element {
  const scope = scopeOf({ ...useSearch({ from: '/map' }) })
  const { data: map, error, refetch } = useQuery(mapOf(scope))
  return (
    <main id="main" className="page map-page" tabIndex={-1}>
      <title>Map · Rapport</title>
      <div className="heading">
        <h1>Do people come back of their own accord, and where do they stop?</h1>
        <p className="answer" aria-live="off">
          {map ? typeset(map.answer) : (error ? 'That cannot be said now.' : '\u00a0')}
        </p>
      </div>
      {(map?.people ?? 0) + Object.keys(scope).length > 0 && <ScopeBar scope={scope} of={map?.scope} usual="always" periods={[7, 30, 90]} />}
      {map ? (
        <InScope value={scope}>
          <Loaded map={map} scoped={Object.keys(scope).length > 0} />
        </InScope>
      ) : error ? <Failed error={error} what="The map" retry={() => void refetch()} /> : <MapSkeleton />}
    </main>
  )
}

function Loaded({ map, scoped }: { map: LifecycleMap; scoped: boolean }): React.JSX.Element {
  const { at, view, unmet } = useSearch({ from: '/map' })
  const [pointed, setPointed] = useState<string>()
  const narrow = useMedia(NARROW)
  const shown = pointed ?? at
  const touchpoint = map.touchpoints.find((t) => t.id === shown)
  const sight = useMemo(() => sightOf(map, unmet === 'show', at), [map, unmet, at])
  if (map.stages.length === 0) {
    return (
      <Empty title="The map has no stages yet">
        Stages, channels and touchpoints are definitions: apply a folder of them with <code>rapport apply</code>. The retail template is a good first one.
      </Empty>
    )
  }
  return (
    <>
      <Placing map={map} />
      {map.people === 0 && scoped && <Empty title="Nobody of these came in that time">Choose a longer period, or other people.</Empty>}
      {map.people === 0 && !scoped && (
        <Empty title="Nobody has come yet">
          The map is drawn and waits for its first event: send one to <code>/v1/track</code> with a write key, or import history with <code>rapport import</code>.
        </Empty>
      )}
      <div className="map-tools">
        {view !== 'table' || narrow ? <Legend model={!map.expectation.needs} /> : <span className="legend" />}
        {sight.unmet > 0 && (
          <Link from="/map" to="." search={(old) => ({ ...old, unmet: unmet ? undefined : ('show' as const) })} resetScroll={false} className="figure-toggle">
            {unmet ? 'Hide' : 'Show'} {formatNumber(sight.unmet)} not met yet
          </Link>
        )}
        {!narrow && (
          <Link from="/map" to="." search={(old) => ({ ...old, view: view ? undefined : ('table' as const) })} resetScroll={false} className="figure-toggle">
            {view ? 'Show as picture' : 'Show as table'}
          </Link>
        )}
      </div>
      {view === 'table' && !narrow ? (
        <MapTable map={sight.map} />
      ) : narrow ? (
        <>
          <Overview map={map} />
          <MapList map={sight.map} hidden={sight.hidden} at={at} />
        </>
      ) : (
        <div className="map-columns">
          <MapPicture map={sight.map} hidden={sight.hidden} shown={touchpoint?.id} onPoint={setPointed} />
          <aside className="map-aside" aria-label="Detail" aria-live="polite">
            {touchpoint ? <TouchpointDetail of={touchpoint} map={map} /> : <Overview map={map} />}
          </aside>
        </div>
      )}
      {map.people > 0 && (
        <div className="map-below">
          <DeadEnds map={map} />
          <Tray map={map} />
        </div>
      )}
    </>
  )
}
