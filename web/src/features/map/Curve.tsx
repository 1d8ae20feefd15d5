import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { curveStepAfter } from '@visx/curve'
import { useRef } from 'react'

import type { CurvePoint } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatDays } from '@lib/formatTime'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

import './Curve.css'

const HEIGHT = 136
const margin = { left: 40, right: 8, top: 8, bottom: 26 }

/** How many people had come back of their own accord, day by day, with its band. */
export function Curve({ points, window, against }: { points: CurvePoint[]; window: number; against: number | undefined }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const last = points.at(-1)
  const top = Math.min(1, Math.max(0.2, against ?? 0, ...points.map((p) => p.high)) * 1.1)
  const x = scaleLinear({ domain: [0, window], range: [margin.left, Math.max(margin.left + 1, width - margin.right)] })
  const y = scaleLinear({ domain: [0, top], range: [HEIGHT - margin.bottom, margin.top] })
  const words = last ? `After ${formatDays(last.day)} ${formatPercent(last.value)} had come back (${formatPercent(last.low)} to ${formatPercent(last.high)}).` : 'Nobody has been observed yet.'
  return (
    <Figure title="Coming back" words={words} head={['Day', 'Came back', 'From', 'To', 'Still observed']} rows={points.map((p) => [p.day.toFixed(1), formatPercent(p.value), formatPercent(p.low), formatPercent(p.high), formatNumber(p.at_risk)])}>
      <div ref={box} className="curve">
        {width > 0 && (
          <svg width={width} height={HEIGHT}>
            <AxisLeft scale={y} left={margin.left} numTicks={3} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
            <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={[0, window / 2, window]} hideTicks axisClassName="axis" tickFormat={(v) => `${Math.round(Number(v))}${Number(v) === window ? ' days' : ''}`} tickLabelProps={(v) => ({ dy: 0, textAnchor: Number(v) === window ? 'end' : 'middle' })} />
            <Area data={points} x={(p) => x(p.day)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} curve={curveStepAfter} className="curve-band" />
            {against !== undefined && <line x1={margin.left} x2={width - margin.right} y1={y(against)} y2={y(against)} className="curve-against" />}
            <LinePath data={points} x={(p) => x(p.day)} y={(p) => y(p.value)} curve={curveStepAfter} className="curve-line" />
            {against !== undefined && (
              <text x={width - margin.right} y={y(against) + (last && last.value > against ? 12 : -4)} className="curve-word" textAnchor="end">
                all touchpoints {formatPercent(against)}
              </text>
            )}
          </svg>
        )}
      </div>
    </Figure>
  )
}
