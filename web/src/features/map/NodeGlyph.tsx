import { Arc } from '@visx/shape'

import type { Expectation, Touchpoint } from '@api/types'
import { effortColor, effortScore } from '@lib/effort'
import { verdictOn } from '@lib/verdict'

import { RING } from './layout'
import './NodeGlyph.css'

const TURN = 2 * Math.PI

interface Props {
  of: Pick<Touchpoint, 'effort' | 'continuation' | 'against' | 'direction' | 'dead_end'> & { expected?: Pick<Expectation, 'verdict'> }
  radius: number
}

/**
 * A touchpoint: size is people, fill is who made the effort. The ring is a
 * gauge of how many came back, from twelve o'clock: solid up to the lower end
 * of the interval, pale up to the upper, with a mark where all touchpoints are within
 * the same window. Its colour is the verdict.
 */
export function NodeGlyph({ of, radius }: Props): React.JSX.Element {
  const { continuation: c, against } = of
  const inner = radius + 2
  const outer = inner + RING
  const ring = { innerRadius: inner, outerRadius: outer }
  return (
    <g className={`node node-${verdictOn(of)}`}>
      <circle className="node-ground" r={outer + 1} />
      <circle className="node-fill" r={radius} style={{ fill: effortColor(effortScore(of.effort)) }} />
      {c.enough ? (
        <>
          <Arc className="node-track" {...ring} startAngle={0} endAngle={TURN} />
          <Arc className="node-low" {...ring} startAngle={0} endAngle={TURN * c.low} />
          <Arc className="node-interval" {...ring} startAngle={TURN * c.low} endAngle={TURN * c.high} />
          {against !== undefined && <line className="node-against" y1={-inner + 1} y2={-outer - 2} transform={`rotate(${360 * against})`} />}
        </>
      ) : (
        <circle className="node-thin" r={inner + RING / 2} />
      )}
      {of.dead_end && <line className="node-end" x1={outer + 5} x2={outer + 5} y1={-outer} y2={outer} />}
    </g>
  )
}
