import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleSqrt } from '@visx/scale'
import { useRef } from 'react'

import type { ModelDetail } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 260
const margin = { left: 48, right: 24, top: 12, bottom: 40 }
const shares = [0, 0.25, 0.5, 0.75, 1]

/** What was held for probable beside what came: on the line is right. */
export function Calibration({ of: x }: { of: ModelDetail['examined'] }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const words = `What was held for probable was off by ${(100 * x.calibration_error).toFixed(1)} points on average.`
  return (
    <div className="section">
      <Figure title="Held for probable, and what came" words={words} head={['Held for probable', 'Came', 'People']} rows={x.calibration.map((b) => [formatPercent(b.foretold), formatPercent(b.came), b.people])}>
        <p className="small quiet">{words} Each circle is as many people as it is large; on the line is right.</p>
        <div ref={box} style={{ height: HEIGHT }}>
          {width > 0 && <Picture of={x} width={Math.min(width, 460)} />}
        </div>
      </Figure>
    </div>
  )
}

function Picture({ of: { calibration: bins }, width }: { of: ModelDetail['examined']; width: number }): React.JSX.Element {
  const x = scaleLinear({ domain: [0, 1], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, 1], range: [HEIGHT - margin.bottom, margin.top] })
  const r = scaleSqrt({ domain: [0, Math.max(1, ...bins.map((b) => b.people))], range: [2, 12] })
  return (
    <svg width={width} height={HEIGHT}>
      <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--line)" />
      <AxisLeft scale={y} left={margin.left} tickValues={shares} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={shares} hideTicks axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      <text x={(x(0) + x(1)) / 2} y={HEIGHT - 4} textAnchor="middle" className="curve-word">
        held for probable
      </text>
      {bins.map((b) => (
        <circle key={b.foretold} cx={x(b.foretold)} cy={y(b.came)} r={r(b.people)} fill="var(--ink)" fillOpacity={0.64} stroke="var(--paper)">
          <title>{`Held for ${formatPercent(b.foretold)}: ${formatPercent(b.came)} of ${formatNumber(b.people)} people came`}</title>
        </circle>
      ))}
    </svg>
  )
}
