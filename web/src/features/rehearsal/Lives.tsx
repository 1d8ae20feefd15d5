import { Area } from '@visx/shape'

import type { BeliefPath, Cast, Story } from '@api/types'
import { formatDay } from '@lib/formatTime'
import { stateInk } from '@lib/stateInk'
import { Keys } from '@ui/chart/Keys'

import { colour, rank } from './words'

const WIDTH = 400
const BELIEF = 96

/** A life over time: what was believed in stacked bands, the truth beneath, and what they and the company did. */
export function Lives({ story, cast }: { story: Story; cast: Cast }): React.JSX.Element {
  const spells = story.spells ?? []
  const acts = story.acts ?? []
  const belief = story.belief && story.belief.points.length > 1 ? story.belief : undefined
  // A copy has a past before its true states begin; what is believed of that is drawn, too.
  const start = Math.min(new Date(spells[0]?.from ?? 0).getTime(), ...(belief ? [new Date(belief.points[0]?.at ?? 0).getTime()] : []))
  const span = Math.max(1, new Date(story.until ?? 0).getTime() - start)
  const x = (at: string | null): number => (WIDTH * (new Date(at ?? 0).getTime() - start)) / span
  const top = belief ? BELIEF + 4 : 0
  const met = [...new Set(spells.map((s) => s.state))].sort((a, b) => rank(cast.states[b]) - rank(cast.states[a]))
  return (
    <>
      {belief && <Keys of={belief.states.map((s) => s.name)} ink={(i) => stateInk(belief.states[i]?.id ?? '', belief.states)} />}
      <svg viewBox={`0 0 ${WIDTH} ${top + 44}`} className="life-ribbon" role="img" aria-label={`${belief ? `${believedAtLast(belief)}. ` : ''}Truly ${spells.map((s) => `${cast.states[s.state] ?? ''} from ${formatDay(s.from)}`).join(', ')}.`}>
        {belief && <Bands path={belief} x={x} />}
        {spells.map((s, i) => (
          <rect key={i} x={x(s.from)} width={Math.max(1, x(spells[i + 1]?.from ?? story.until) - x(s.from))} y={top + 14} height={16} fill={colour(cast.states[s.state])}>
            <title>{`truly ${cast.states[s.state] ?? ''} from ${formatDay(s.from)}`}</title>
          </rect>
        ))}
        {acts.map((a, i) => (a.who === 'person' ? <line key={i} x1={x(a.at)} x2={x(a.at)} y1={top + 4} y2={top + 13} className="life-theirs" /> : a.who === 'company' ? <line key={i} x1={x(a.at)} x2={x(a.at)} y1={top + 31} y2={top + 40} className="life-ours" /> : null))}
      </svg>
      <Keys of={met.map((s) => `truly ${cast.states[s] ?? ''}`)} ink={(i) => colour(cast.states[met[i] ?? 0])} />
      <p className="small quiet">
        {belief ? 'On top, what was believed, who has left at the bottom of it. Under it, the truth: ' : ''}
        {belief ? 'above' : 'Above'} the ribbon what they did of themselves, below it letters.
      </p>
    </>
  )
}

function Bands({ path, x }: { path: BeliefPath; x: (at: string | null) => number }): React.JSX.Element {
  const order = [path.states.length - 1, ...path.states.map((_, i) => i).slice(0, -1)]
  const sums = path.points.map((p) => order.reduce<number[]>((s, i) => [...s, (s.at(-1) ?? 0) + (p.p[i] ?? 0)], [0]))
  const y = (v: number): number => BELIEF * (1 - v)
  return (
    <g>
      {order.map((state, band) => (
        <Area key={state} data={path.points.map((p, i) => ({ at: p.at, low: sums[i]?.[band] ?? 0, high: sums[i]?.[band + 1] ?? 0 }))} x={(p) => x(p.at)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} fill={stateInk(path.states[state]?.id ?? '', path.states)} />
      ))}
    </g>
  )
}

function believedAtLast(path: BeliefPath): string {
  const last = path.points.at(-1)
  const most = (last?.p ?? []).reduce((best, p, i, all) => (p > (all[best] ?? 0) ? i : best), 0)
  return `Believed at last: ${path.states[most]?.name ?? ''}`
}
