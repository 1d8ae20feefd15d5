import { useMemo, useRef, useState } from 'react'

import type { Cast, Frame } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

import { byValue, colour } from './words'

const DOT = 10
const LABEL = 128

interface Props {
  cast: Cast
  frame: Frame | undefined
  followed: number | undefined
  onFollow: (person: number) => void
  onState: (state: number) => void
}

/** Some of the people as dots, each in the row of the state that it is really in. A dot that got a letter today has a ring. */
export function Crowd({ cast, frame, followed, onFollow, onState }: Props): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const order = useMemo(() => byValue(cast.states), [cast.states])
  const total = frame ? frame.hidden.reduce((a, b) => a + b, 0) : 0
  const rows = order.map((s) => [cast.states[s] ?? '', frame?.hidden[s] ?? 0, total ? `${Math.round((100 * (frame?.hidden[s] ?? 0)) / total)} %` : ''])
  return (
    <Figure doors title="Where people really are" words={rows.map((r) => `${r[0]} ${r[1]}`).join(', ')} head={['State', 'People', 'Share']} rows={rows}>
      <div ref={box} className="crowd">
        {width > 0 && <Dots cast={cast} frame={frame} order={order} width={width} followed={followed} onFollow={onFollow} onState={onState} />}
      </div>
      <Follow cast={cast} followed={followed} onFollow={onFollow} />
    </Figure>
  )
}

function Dots({ cast, frame, order, width, followed, onFollow, onState }: Props & { order: number[]; width: number }): React.JSX.Element {
  const across = Math.max(8, Math.floor((width - LABEL) / DOT))
  // A row has room for as many as can be in it, so that nothing jumps as people move.
  const height = Math.max(4, Math.ceil((cast.dots * 0.75) / across)) * DOT + 20
  const places = useMemo(() => {
    const taken = order.map(() => 0)
    return Array.from({ length: cast.dots }, (_, n) => {
      const state = frame ? Number(frame.dots[n]) : NaN
      const row = order.indexOf(state)
      if (row < 0) return undefined
      const i = taken[row] ?? 0
      taken[row] = i + 1
      return { x: LABEL + (i % across) * DOT + DOT / 2, y: row * height + Math.floor(i / across) * DOT + DOT / 2 + 4, state }
    })
  }, [cast.dots, frame, order, across, height])
  const reached = new Set(frame?.reached)
  return (
    <svg width={width} height={order.length * height} className="crowd-picture">
      {order.map((s, row) => (
        <g key={s}>
          <line x1={0} x2={width} y1={row * height - 0.5} y2={row * height - 0.5} className="crowd-line" />
          <text x={0} y={row * height + 16} className="crowd-state">
            {cast.states[s]}
          </text>
          <text
            x={0}
            y={row * height + 36}
            className="crowd-count"
            role="button"
            tabIndex={0}
            aria-label={`${formatNumber(frame?.hidden[s] ?? 0)} ${cast.states[s] ?? ''}: open people`}
            onClick={() => onState(s)}
            onKeyDown={(e) => {
              if (e.key === 'Enter' || e.key === ' ') {
                e.preventDefault()
                onState(s)
              }
            }}
          >
            {formatNumber(frame?.hidden[s] ?? 0)}
          </text>
        </g>
      ))}
      {places.map((p, n) =>
        p ? (
          // The list below the picture does the same by keyboard.
           
          <g key={n} className="crowd-dot" style={{ transform: `translate(${p.x}px, ${p.y}px)` }} onClick={() => onFollow(n)}>
            <title>{`${cast.names[n] ?? ''}, ${cast.states[p.state] ?? ''}`}</title>
            <rect x={-DOT / 2} y={-DOT / 2} width={DOT} height={DOT} fill="transparent" />
            <circle r={3.5} fill={colour(cast.states[p.state])} />
            {reached.has(n) && <circle r={4.5} className="crowd-letter" />}
            {followed === n && <circle r={6} className="crowd-followed" />}
          </g>
        ) : null,
      )}
    </svg>
  )
}

function Follow({ cast, followed, onFollow }: Pick<Props, 'cast' | 'followed' | 'onFollow'>): React.JSX.Element {
  const [text, setText] = useState('')
  const find = (name: string): void => {
    setText(name)
    const n = cast.names.indexOf(name)
    if (n >= 0) onFollow(n)
  }
  return (
    <label className="crowd-follow small">
      <span className="quiet">Each dot is a person{cast.people > cast.dots ? `, the first ${cast.dots} of ${formatNumber(cast.people)}` : ''}; a ring is a letter that day. Click one to follow, or choose:</span>
      <input className="field" list="crowd-names" placeholder="Name" value={followed === undefined ? text : (cast.names[followed] ?? text)} onChange={(e) => find(e.target.value)} />
      <datalist id="crowd-names">
        {cast.names.map((name, i) => (
          <option key={i} value={name} />
        ))}
      </datalist>
    </label>
  )
}
