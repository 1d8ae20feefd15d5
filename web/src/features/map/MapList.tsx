import { useNavigate } from '@tanstack/react-router'

import type { LifecycleMap, Touchpoint } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { Estimate } from '@ui/Estimate'

import { NodeGlyph } from './NodeGlyph'
import { TouchpointDetail } from './TouchpointDetail'
import { namesOf } from './unmet'

/** The same map for a narrow screen: stage under stage, a touchpoint a line. */
export function MapList({ map, hidden, at }: { map: LifecycleMap; hidden: Touchpoint[]; at: string | undefined }): React.JSX.Element {
  const most = Math.max(1, ...map.touchpoints.map((t) => t.people))
  return (
    <div className="map-list">
      {map.stages.map((stage) => (
        <section key={stage.id} aria-label={stage.name}>
          <header>
            <h2>{stage.name}</h2>
            <span>
              <Door who={{ stage: stage.id }} count={stage.people} label={`people in ${stage.name} now`} /> <span className="quiet">now</span>
            </span>
            <EffortBar of={stage.effort} />
          </header>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <ul onKeyDown={(event) => moveFocus(event, '.map-list-name')}>
            {map.touchpoints
              .filter((t) => t.stage === stage.id)
              .map((t) => (
                <Line key={t.id} t={t} map={map} open={t.id === at} radius={3 + 10 * Math.sqrt(t.people / most)} />
              ))}
          </ul>
          {hidden.some((t) => t.stage === stage.id) && <p className="small quiet map-list-unmet">Not met yet: {namesOf(hidden.filter((t) => t.stage === stage.id))}</p>}
        </section>
      ))}
    </div>
  )
}

function Line({ t, map, open, radius }: { t: Touchpoint; map: LifecycleMap; open: boolean; radius: number }): React.JSX.Element {
  const navigate = useNavigate({ from: '/map' })
  return (
    <li>
      <div className="map-list-line">
        <svg width="44" height="44" viewBox="-20 -22 44 44" aria-hidden="true">
          <NodeGlyph of={t} radius={radius} />
        </svg>
        <div className="map-list-words">
          <button type="button" className="map-list-name" aria-expanded={open} dir="auto" onClick={() => void navigate({ search: (old) => ({ ...old, at: open ? undefined : t.id }), resetScroll: false, replace: true })}>
            {t.name}
          </button>
          <span className="small quiet">{t.channel}</span>
        </div>
        <div className="map-list-numbers">
          <Door who={{ touchpoint: t.id }} count={t.people} label={`people at ${t.name}`} />
          <span className="small">
            <Estimate of={t.continuation} bare />
          </span>
        </div>
      </div>
      {open && <TouchpointDetail of={t} map={map} />}
    </li>
  )
}
