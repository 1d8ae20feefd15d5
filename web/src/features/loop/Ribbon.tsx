import { AxisBottom } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { Area } from '@visx/shape'
import { useRef } from 'react'

import type { Loop } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatDay, formatMonth } from '@lib/formatTime'
import { stageInk } from '@lib/stageInk'
import { useWidth } from '@lib/useWidth'
import { spread } from '@ui/chart/series'
import { Door } from '@ui/Door'
import { Figure } from '@ui/Figure'

const HEIGHT = 312
const FOOT = 26
const LABEL = 40

/** Where people were, step by step: each stage a band, the last of them on top. */
export function Ribbon({ loop }: { loop: Loop }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const now = loop.steps.at(-1)
  const all = loop.stages.reduce((n, s) => n + s.people, 0) || 1
  const largest = loop.stages.reduce((most, s) => (s.people > most.people ? s : most), loop.stages[0] ?? { id: '', name: '', people: 0, before: 0 })
  const words = now ? `Most people are in ${largest.name}: ${formatPercent(largest.people / all)} of ${plural(all, 'person', 'people')}.` : ''
  return (
    <Figure
      title="Where people are"
      words={words}
      doors
      head={['At the end of', ...loop.stages.map((s) => s.name)]}
      rows={loop.steps.map((w) => [formatDay(w.end), ...w.stages])}
      legend={<span className="small quiet">{loop.step_days === 1 ? 'day by day' : loop.step_days === 7 ? 'week by week' : 'every four weeks'}; the latest stage on top</span>}
    >
      <div ref={box} className="ribbon">
        {width > 0 && <Bands loop={loop} width={Math.max(160, width - (width > 520 ? 208 : 148))} all={all} />}
      </div>
    </Figure>
  )
}

function Bands({ loop, width, all }: { loop: Loop; width: number; all: number }): React.JSX.Element {
  const weeks = loop.steps.map((w) => {
    const sums = w.stages.reduce<number[]>((s, n) => [...s, (s.at(-1) ?? 0) + n], [0])
    return { at: new Date(w.end ?? 0).getTime(), sums }
  })
  const most = Math.max(1, ...weeks.map((w) => w.sums.at(-1) ?? 0))
  const x = scaleUtc({ domain: [weeks[0]?.at ?? 0, weeks.at(-1)?.at ?? 1], range: [0, width] })
  const y = scaleLinear({ domain: [0, most], range: [HEIGHT - FOOT, 4] })
  const last = weeks.at(-1)?.sums ?? []
  const middles = loop.stages.map((_, i) => (y(last[i] ?? 0) + y(last[i + 1] ?? 0)) / 2)
  const places = spread(middles, LABEL, LABEL / 2, HEIGHT - FOOT / 2)
  return (
    <>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {loop.stages.map((s, i) => (
          <Area key={s.id} data={weeks} x={(w) => x(w.at)} y0={(w) => y(w.sums[i] ?? 0)} y1={(w) => y(w.sums[i + 1] ?? 0)} fill={stageInk(i, loop.stages.length)} stroke="var(--paper)" strokeWidth={1} />
        ))}
        <AxisBottom scale={x} top={HEIGHT - FOOT} numTicks={Math.max(2, Math.floor(width / 110))} tickFormat={(v) => formatMonth(v as Date)} hideTicks hideAxisLine axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      </svg>
      <ul className="ribbon-words" style={{ left: width }}>
        {loop.stages.map((s, i) => (
          <li key={s.id} style={{ top: (places[i] ?? 0) - LABEL / 2 }}>
            <svg width="20" height={LABEL} aria-hidden="true">
              <line x1="2" y1={LABEL / 2 + (middles[i] ?? 0) - (places[i] ?? 0)} x2="18" y2={LABEL / 2} />
            </svg>
            <span>
              <span className="ribbon-name" dir="auto">
                {s.name}
              </span>
              <span className="small quiet">
                {formatPercent(s.people / all)} <Door who={{ stage_then: s.id }} count={s.people} label={`people in ${s.name}`} />
                {s.before !== s.people && `, was ${s.before.toLocaleString('en')}`}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
