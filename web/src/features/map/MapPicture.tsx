import { useNavigate } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import type { KeyboardEvent } from 'react'

import type { LifecycleMap, Touchpoint } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { useWidth } from '@lib/useWidth'
import { cx } from '@ui/cx'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'

import { arcs, GUTTER, layOut, neighbour, RING } from './layout'
import type { Layout } from './layout'
import { NodeGlyph } from './NodeGlyph'
import { namesOf } from './unmet'
import './MapPicture.css'

/** How many arcs are drawn while nothing is pointed at. */
const QUIET_ARCS = 26

interface Props {
  map: LifecycleMap
  /** Touchpoints of the map that are not drawn, since nobody has met them. */
  hidden: Touchpoint[]
  /** The touchpoint whose arcs are shown; the others step back. */
  shown: string | undefined
  onPoint: (id: string | undefined) => void
}

export function MapPicture({ map, hidden, shown, onPoint }: Props): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const layout = useMemo(() => layOut(map, width), [map, width])
  return (
    <div className="map-scroll" ref={box}>
      {width > 0 && (
        <div className="map" style={{ width: layout.width }}>
          <StageHeads layout={layout} />
          <div className="map-field" style={{ height: layout.height }} onPointerLeave={() => onPoint(undefined)}>
            <Bands layout={layout} />
            <Drawing map={map} layout={layout} shown={shown} />
            <Labels map={map} layout={layout} shown={shown} onPoint={onPoint} />
          </div>
          {hidden.length > 0 && <Unmet layout={layout} hidden={hidden} />}
        </div>
      )}
    </div>
  )
}

/** One quiet line: what nobody has met yet, stage by stage. */
function Unmet({ layout, hidden }: { layout: Layout; hidden: Touchpoint[] }): React.JSX.Element {
  return (
    <div className="map-unmet" style={{ gridTemplateColumns: `${GUTTER}px repeat(${layout.stages.length}, ${layout.column}px)` }}>
      <span>not met yet</span>
      {layout.stages.map((stage) => (
        <span key={stage.id} dir="auto">
          {namesOf(hidden.filter((t) => t.stage === stage.id))}
        </span>
      ))}
    </div>
  )
}

function StageHeads({ layout }: { layout: Layout }): React.JSX.Element {
  return (
    <div className="map-stages">
      {layout.stages.map((stage) => (
        <div key={stage.id} className="map-stage" style={{ left: stage.x, width: layout.column - 16 }} title={stage.rule ? `Rule: ${stage.rule}` : 'Everybody begins here'}>
          <h2>{stage.name}</h2>
          <p>
            <Door who={{ stage: stage.id }} count={stage.people} label={`people in ${stage.name} now`} className="map-count" /> <span className="quiet small">now</span>
          </p>
          <Door who={{ touchpoint: `stage:${stage.id}` }} count={stage.met} label={`people met in ${stage.name}`} className="map-met">
            <EffortBar of={stage.effort} />
          </Door>
        </div>
      ))}
    </div>
  )
}

function Bands({ layout }: { layout: Layout }): React.JSX.Element {
  return (
    <>
      {layout.bands.map((band) => (
        <div key={band.channel} className="map-band" style={{ top: band.top, height: band.height }}>
          <span>{band.channel}</span>
        </div>
      ))}
    </>
  )
}

function Drawing({ map, layout, shown }: { map: LifecycleMap; layout: Layout; shown: string | undefined }): React.JSX.Element {
  const flows = shown ? map.flows.filter((f) => (f.from === shown || f.to === shown) && f.share >= 0.02) : map.flows.filter((f) => f.to !== '' && f.from !== f.to).slice(0, QUIET_ARCS)
  const drawn = arcs(flows, layout, map.people)
  const leading = shown ? drawn.filter((a) => a.flow.from === shown && a.flow.share >= 0.04) : []
  const near = new Set(drawn.flatMap((a) => [a.flow.from, a.flow.to]))
  return (
    <svg className="map-drawing" width={layout.width} height={layout.height} aria-hidden="true">
      <defs>
        <marker id="map-arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M0 0.500 8 4 0 7.500Z" />
        </marker>
      </defs>
      <g className={shown ? 'map-arcs map-arcs-shown' : 'map-arcs'}>
        {drawn.map((a) => (
          <path key={`${a.flow.from} ${a.flow.to}`} d={a.path} strokeWidth={a.width} className={shown && a.flow.to === shown ? 'map-arc-in' : 'map-arc'} markerEnd={shown ? 'url(#map-arrow)' : undefined} />
        ))}
      </g>
      {[...layout.nodes.values()].map((node) => (
        <g key={node.touchpoint.id} transform={`translate(${node.x} ${node.y})`} className={cx('map-node', shown && node.touchpoint.id !== shown && (near.has(node.touchpoint.id) ? 'map-near' : 'map-dim'))}>
          <NodeGlyph of={node.touchpoint} radius={node.radius} />
        </g>
      ))}
      {leading.map((a) => (
        <text key={a.flow.to} className="map-share" x={a.labelX} y={a.labelY} dy="4" textAnchor="middle">
          {formatPercent(a.flow.share)}
        </text>
      ))}
    </svg>
  )
}

/** The words are HTML over the drawing: they wrap, take focus, and open. */
function Labels({ map, layout, shown, onPoint }: Omit<Props, 'hidden'> & { layout: Layout }): React.JSX.Element {
  const navigate = useNavigate({ from: '/map' })
  const first = shown && layout.nodes.has(shown) ? shown : layout.nodes.keys().next().value
  const near = new Set(map.flows.filter((f) => f.from === shown || f.to === shown).flatMap((f) => [f.from, f.to]))
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, id: string): void => {
    const next = neighbour(layout, id, event.key)
    if (!next) return
    event.preventDefault()
    document.getElementById(`touchpoint-${next}`)?.focus()
  }
  return (
    <ul aria-label="Touchpoints. Arrow keys move between them, Enter keeps one in view.">
      {[...layout.nodes.entries()].map(([id, node]) => {
        const { touchpoint: t } = node
        const outer = node.radius + RING + (t.dead_end ? 14 : 8)
        return (
          <li
            key={id}
            className={cx('map-label', shown && id !== shown && !near.has(id) && 'map-dim')}
            style={{ left: node.x - 26, top: node.y - 24, width: layout.column + 6, paddingLeft: 26 + outer }}
            onPointerEnter={() => onPoint(id)}
          >
            <button
              type="button"
              id={`touchpoint-${id}`}
              className="map-name"
              tabIndex={id === first ? 0 : -1}
              aria-pressed={id === shown}
              aria-label={`${t.name}, ${t.channel}, ${formatNumber(t.people)} people${t.dead_end ? ', a dead end' : ''}`}
              title={t.name}
              dir="auto"
              onFocus={() => onPoint(id)}
              onKeyDown={(event) => onKeyDown(event, id)}
              onClick={() => void navigate({ search: (old) => ({ ...old, at: old.at === id ? undefined : id }), resetScroll: false, replace: true })}
            >
              {t.name}
            </button>
            <Door who={{ touchpoint: id }} count={t.people} label={`people at ${t.name}`} className="map-people" tabIndex={-1} />
          </li>
        )
      })}
    </ul>
  )
}
