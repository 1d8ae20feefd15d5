import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { AreaStack } from '@visx/shape'
import { useRef } from 'react'

import type { Cast, Frame } from '@api/types'
import { useWidth } from '@lib/useWidth'
import { Keys } from '@ui/chart/Keys'
import { Figure } from '@ui/Figure'

import { byValue, colour } from './words'

const HEIGHT = 200
const margin = { left: 56, right: 24, top: 8, bottom: 26 }

/** Everybody by true state over the days. */
export function Ribbon({ cast, frames, shown }: { cast: Cast; frames: Frame[]; shown: Frame | undefined }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const order = byValue(cast.states)
  const last = frames.at(-1)
  const every = Math.max(1, Math.floor(frames.length / 12))
  const words = last ? `On day ${last.day}: ${order.map((s) => `${last.hidden[s] ?? 0} ${cast.states[s] ?? ''}`).join(', ')}.` : 'Nothing has happened yet.'
  const x = scaleLinear({ domain: [0, cast.days], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, Math.max(1, ...frames.map((f) => f.turned_up))], range: [HEIGHT - margin.bottom, margin.top] })
  // Stacked from the bottom: the most valuable lies there, where changes are read best.
  const keys = order.map(String)
  return (
    <Figure
      title="People by state"
      words={words}
      head={['Day', ...order.map((s) => cast.states[s] ?? '')]}
      rows={frames.filter((f, i) => i % every === 0 || f === last).map((f) => [f.day, ...order.map((s) => f.hidden[s] ?? 0)])}
      legend={<Keys of={order.map((s) => cast.states[s] ?? '')} ink={(_, state) => colour(state)} />}
    >
      <div ref={box} style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg width={width} height={HEIGHT}>
            <AxisLeft scale={y} left={margin.left} numTicks={4} hideTicks hideAxisLine axisClassName="axis" tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
            <AxisBottom scale={x} top={HEIGHT - margin.bottom} numTicks={6} hideTicks axisClassName="axis" tickFormat={(d) => `day ${Number(d)}`} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
            <AreaStack<Frame, string> data={frames} keys={keys} value={(f, key) => f.hidden[Number(key)] ?? 0} x={(p) => x(p.data.day)} y0={(p) => y(p[0])} y1={(p) => y(p[1])}>
              {({ stacks, path }) =>
                stacks.map((stack) => <path key={stack.key} d={path(stack) ?? ''} fill={colour(cast.states[Number(stack.key)])} />)
              }
            </AreaStack>
            <line x1={x(cast.live_day)} x2={x(cast.live_day)} y1={margin.top} y2={HEIGHT - margin.bottom} className="rehearsal-live" />
            <text x={x(cast.live_day) + 4} y={margin.top + 10} className="curve-word">
              letters from here
            </text>
            {shown && shown !== last && <line x1={x(shown.day)} x2={x(shown.day)} y1={margin.top} y2={HEIGHT - margin.bottom} className="rehearsal-shown" />}
          </svg>
        )}
      </div>
    </Figure>
  )
}
