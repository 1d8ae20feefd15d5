import { useQuery } from '@tanstack/react-query'
import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { Area } from '@visx/shape'
import { useRef } from 'react'

import { beliefQuery } from '@api/states'
import type { BeliefPath, BeliefPoint, Outlook, PersonBelief, Span } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatDay, formatDays, formatMonth } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { useWidth } from '@lib/useWidth'
import { Keys } from '@ui/chart/Keys'
import { Estimate } from '@ui/Estimate'
import { Figure } from '@ui/Figure'
import { Failed } from '@ui/States'

import { stateInk } from '@lib/stateInk'
import { Missing } from '@ui/Missing'
import './Belief.css'

const HEIGHT = 176
const TICK = 9
const margin = { left: 48, right: 8, top: 4, bottom: 26 + 2 * TICK }

/** What is believed of a person's relationship, what is expected of it, and how that came about. */
export function Belief({ id, currency }: { id: string; currency: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(beliefQuery(id))
  return (
    <section className="section belief" aria-label="What is believed">
      {data ? <Loaded of={data} currency={currency} /> : error ? <Failed error={error} what="What is believed" retry={() => void refetch()} /> : <div className="belief-waiting" />}
    </section>
  )
}

function Loaded({ of: b, currency }: { of: PersonBelief; currency: string }): React.JSX.Element {
  return (
    <>
      {!b.path && (
        <>
          <h2>What is believed</h2>
          <p>{typeset(b.answer)}</p>
          {b.needs && b.needs.have < b.needs.people && <Missing needs={b.needs} />}
        </>
      )}
      {b.path && <Bands path={b.path} answer={b.answer} />}
      {b.belief && <Expected of={b.belief.outlook} currency={currency} />}
      {b.belief && !b.belief.current && <p className="small quiet">Something came late; it is taken in soon.</p>}
    </>
  )
}

const rangeOf = (s: Span): { value: number; low: number; high: number; people: number; enough: boolean } => ({ value: s.mean, low: s.low, high: s.high, people: 0, enough: true })

function Expected({ of: o, currency }: { of: Outlook; currency: string }): React.JSX.Element {
  const money = (v: number): string => formatUnits(v, currency)
  return (
    <dl className="belief-expected">
      <div>
        <dt>Still a customer</dt>
        <dd>{formatPercent(o.active)}</dd>
      </div>
      <div>
        <dt>Comes within {formatDays(o.days)}</dt>
        <dd>{formatPercent(o.soon)}</dd>
      </div>
      <div>
        <dt>Better, or worse, by then</dt>
        <dd>
          {formatPercent(o.better)}, {formatPercent(o.worse)}
        </dd>
      </div>
      <div>
        <dt>Worth from now on</dt>
        <dd>
          <Estimate of={rangeOf(o.value)} format={money} domain={[0, Math.max(1, o.value.high) * 1.1]} />
        </dd>
      </div>
      {o.acts.map((a) => (
        <div key={a.act}>
          <dt>
            {a.name}, in {formatDays(o.days)}
          </dt>
          <dd>
            <Estimate of={rangeOf(a.acts)} format={(v) => v.toFixed(v < 10 ? 1 : 0)} domain={[0, Math.max(1, a.acts.high) * 1.1]} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Bands({ path, answer }: { path: BeliefPath; answer: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const moves = path.points.filter((p) => p.moved)
  return (
    <Figure
      title="What is believed"
      words={answer}
      head={['When', 'What moved it', ...path.states.map((s) => s.name)]}
      rows={moves.map((p) => [formatDay(p.at), p.moved?.name ?? '', ...p.p.map(formatPercent)])}
      legend={<Keys of={path.states.map((s) => s.name)} ink={(i) => stateInk(path.states[i]?.id ?? '', path.states)} />}
    >
      <p>{typeset(answer)}</p>
      <div ref={box} style={{ height: HEIGHT }}>
        {width > 0 && path.points.length > 1 && <Picture path={path} width={width} />}
      </div>
      <p className="small quiet">
        {plural(moves.filter((p) => p.moved?.kind === 'act').length, 'act of their own', 'acts of their own')} (up), {plural(moves.filter((p) => p.moved?.kind === 'touch').length, 'touch of ours', 'touches of ours')} (down), and the silences between them moved it.
        {path.dark.length > 0 && ` Between the dashed lines a source was not connected: ${path.dark.map((d) => `${formatDay(d.from)} to ${formatDay(d.to)}`).join(', ')}. Silence there says nothing.`}
      </p>
    </Figure>
  )
}

function Picture({ path, width }: { path: BeliefPath; width: number }): React.JSX.Element {
  const at = (p: BeliefPoint | undefined): number => new Date(p?.at ?? 0).getTime()
  const x = scaleUtc({ domain: [at(path.points[0]), at(path.points.at(-1))], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, 1], range: [HEIGHT - margin.bottom, margin.top] })
  // Who has left is at the bottom, and the liveliest on top.
  const order = [path.states.length - 1, ...path.states.map((_, i) => i).slice(0, -1)]
  const sums = path.points.map((p) => order.reduce<number[]>((s, i) => [...s, (s.at(-1) ?? 0) + (p.p[i] ?? 0)], [0]))
  const axis = HEIGHT - margin.bottom + TICK
  const ticks = x.ticks(Math.max(2, Math.floor(width / 110))).filter((t) => x(t) > margin.left + 16 && x(t) < width - margin.right - 16)
  return (
    <svg width={width} height={HEIGHT}>
      {order.map((state, band) => (
        <Area key={state} data={path.points.map((p, i) => ({ at: at(p), low: sums[i]?.[band] ?? 0, high: sums[i]?.[band + 1] ?? 0 }))} x={(p) => x(p.at)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} fill={stateInk(path.states[state]?.id ?? '', path.states)} />
      ))}
      {path.dark.map((d) => {
        const [from, to] = [x(new Date(d.from ?? 0).getTime()), x(new Date(d.to ?? 0).getTime())]
        return (
          <rect key={d.from ?? ''} x={from} width={Math.max(1, to - from)} y={margin.top} height={axis - margin.top} className="belief-dark">
            <title>{`${formatDay(d.from)} to ${formatDay(d.to)}: a source was not connected, so silence says nothing`}</title>
          </rect>
        )
      })}
      <AxisLeft scale={y} left={margin.left} tickValues={[0, 0.5, 1]} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <line x1={margin.left} x2={width - margin.right} y1={axis} y2={axis} stroke="var(--line)" />
      {path.points.map((p, i) =>
        p.moved ? (
          <rect key={i} x={x(at(p)) - 1} width={2} y={p.moved.kind === 'touch' ? axis : axis - TICK + 2} height={TICK - 2} fill={ink(p.moved.kind)}>
            <title>{`${formatDay(p.at)}: ${p.moved.name}`}</title>
          </rect>
        ) : null,
      )}
      <AxisBottom scale={x} top={axis + TICK - 4} tickValues={ticks} tickFormat={(v) => formatMonth(v as Date)} hideAxisLine hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
    </svg>
  )
}

const ink = (kind: 'act' | 'touch' | 'answer'): string => (kind === 'touch' ? 'var(--outreach)' : kind === 'answer' ? 'var(--response)' : 'var(--unprompted)')
