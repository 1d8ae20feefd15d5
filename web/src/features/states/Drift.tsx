import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { Area } from '@visx/shape'
import { useRef } from 'react'

import type { States } from '@api/types'
import { formatPercent } from '@lib/formatPercent'
import { useWidth } from '@lib/useWidth'
import { Keys } from '@ui/chart/Keys'
import { Figure } from '@ui/Figure'

import { stateInk } from '@lib/stateInk'

const HEIGHT = 232
const margin = { left: 48, right: 24, top: 8, bottom: 26 }

/** Where today's people are expected to be in the weeks to come if nothing is done. */
export function Drift({ of: s }: { of: States }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const last = s.drift.at(-1)
  const gone = s.states.findIndex((row) => row.id === 'gone')
  const words = last ? `In ${last.week} weeks ${formatPercent(last.shares[gone] ?? 0)} of today’s people are expected to have left; now it is ${formatPercent(s.drift[0]?.shares[gone] ?? 0)}.` : ''
  return (
    <div className="section">
      <Figure
        title="Where people drift if nothing is done"
        words={words}
        head={['Weeks from now', ...s.states.map((row) => row.name)]}
        rows={s.drift.map((d) => [d.week, ...d.shares.map(formatPercent)])}
        legend={<Keys of={s.states.map((row) => row.name)} ink={(i) => stateInk(s.states[i]?.id ?? '', s.states)} />}
      >
        <p className="small quiet">{words}</p>
        <div ref={box} style={{ height: HEIGHT }}>
          {width > 0 && s.drift.length > 1 && <Picture of={s} width={width} />}
        </div>
      </Figure>
    </div>
  )
}

function Picture({ of: s, width }: { of: States; width: number }): React.JSX.Element {
  const x = scaleLinear({ domain: [0, s.drift.at(-1)?.week ?? 1], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, 1], range: [HEIGHT - margin.bottom, margin.top] })
  // Who has left is at the bottom, and the liveliest on top.
  const order = [s.states.length - 1, ...s.states.map((_, i) => i).slice(0, -1)]
  const under = s.drift.map((d) => order.reduce<number[]>((sums, i) => [...sums, (sums.at(-1) ?? 0) + (d.shares[i] ?? 0)], [0]))
  return (
    <svg width={width} height={HEIGHT}>
      {order.map((state, band) => (
        <Area key={state} data={s.drift.map((d, i) => ({ week: d.week, low: under[i]?.[band] ?? 0, high: under[i]?.[band + 1] ?? 0 }))} x={(p) => x(p.week)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} fill={stateInk(s.states[state]?.id ?? '', s.states)} stroke="var(--paper)" strokeWidth={1} />
      ))}
      <AxisLeft scale={y} left={margin.left} tickValues={[0, 0.25, 0.5, 0.75, 1]} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={s.drift.map((d) => d.week).filter((w) => w !== 1 || width > 480)} tickFormat={(w) => (Number(w) === 0 ? 'now' : `${Number(w)} w`)} hideTicks hideAxisLine axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
    </svg>
  )
}
