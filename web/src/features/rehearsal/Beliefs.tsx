import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleSqrt } from '@visx/scale'
import { useRef } from 'react'

import type { Beliefs as Held, Cast, Frame } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { useWidth } from '@lib/useWidth'
import { Estimate } from '@ui/Estimate'
import { Figure } from '@ui/Figure'
import { TableScroll } from '@ui/TableScroll'

import type { Who } from './who'
import { byValue } from './words'

const HEIGHT = 260
const margin = { left: 48, right: 28, top: 12, bottom: 40 }
const shares = [0, 0.25, 0.5, 0.75, 1]

interface Props {
  cast: Cast
  frame: Frame
  of: Held
  onWho: (who: Who) => void
}

/** What is believed of people beside what is true of them: only a rehearsal can tell. */
export function Beliefs(props: Props): React.JSX.Element {
  const { of, frame, cast } = props
  if (of.missing) {
    return (
      <section aria-label="Belief beside truth">
        <h2>Belief beside truth</h2>
        <p className="quiet">Nothing is believed of these people: {of.missing}</p>
      </section>
    )
  }
  const { score } = of
  return (
    <section className="beliefs" aria-label="Belief beside truth">
      <div>
        <h2>Belief beside truth</h2>
        <p className="beliefs-answer">
          {verdict(of)} On day {frame.day} something is believed of {plural(of.people, 'person', 'people')}; {formatNumber(of.gone)} of them have truly {cast.own ? 'left' : 'gone'}.
        </p>
        <p className="small quiet">
          Log score <Estimate of={{ value: score.mean, low: score.low, high: score.high, people: of.people, enough: true }} format={log} domain={[Math.min(score.plain, score.low) * 1.1, 0]} against={{ value: score.plain, name: 'one probability for everybody' }} /> beside {log(score.plain)} for
          one probability for everybody. Nought is the best.
        </p>
      </div>
      <div className="rehearsal-views">
        <Reliability {...props} />
        <Cells {...props} />
      </div>
    </section>
  )
}

const log = (v: number): string => v.toFixed(3).replace('-', '−')

function verdict({ score, bins }: Held): string {
  const off = bins.filter((b) => b.people > 0 && (b.believed < b.low || b.believed > b.high))
  const filled = bins.filter((b) => b.people > 0)
  const better = score.low > score.plain ? 'The belief tells who has left.' : 'The belief tells little of who has left.'
  if (off.length === 0) return `${better} What it holds for probable is true as often as it says.`
  const high = off.filter((b) => b.believed > b.high).length
  return `${better} In ${off.length} of ${filled.length} groups it is off: ${high > off.length / 2 ? 'it holds more people for gone than are' : 'it holds fewer people for gone than are'}.`
}

function Reliability({ of, onWho }: Props): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = Math.min(useWidth(box), 520)
  const bins = of.bins.map((b, bin) => ({ ...b, bin })).filter((b) => b.people > 0)
  const x = scaleLinear({ domain: [0, 1], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, 1], range: [HEIGHT - margin.bottom, margin.top] })
  const r = scaleSqrt({ domain: [0, Math.max(1, ...bins.map((b) => b.people))], range: [2.5, 11] })
  const words = (b: (typeof bins)[number]): string => `Believed gone with ${formatPercent(b.believed)}: ${formatPercent(b.true)} of ${plural(b.people, 'person', 'people')} are (${formatPercent(b.low)} to ${formatPercent(b.high)})`
  return (
    <Figure
      doors
      title="Held for gone, and truly gone"
      words="On the line is right; bars are intervals."
      head={['Believed', 'Truly', 'From', 'To', 'People']}
      rows={bins.map((b) => [formatPercent(b.believed), formatPercent(b.true), formatPercent(b.low), formatPercent(b.high), b.people])}
    >
      <div ref={box} style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg width={width} height={HEIGHT}>
            <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--line)" />
            <AxisLeft scale={y} left={margin.left} tickValues={shares} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
            <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={shares} hideTicks axisClassName="axis" tickFormat={(v) => formatPercent(Number(v))} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
            <text x={(x(0) + x(1)) / 2} y={HEIGHT - 4} textAnchor="middle" className="curve-word">
              believed to be gone; truly gone, upward
            </text>
            {bins.map((b) => (
              <g
                key={b.bin}
                className="beliefs-bin"
                role="button"
                tabIndex={0}
                aria-label={`${words(b)}: open people`}
                onClick={() => onWho({ bin: b.bin })}
                onKeyDown={(e) => {
                  if (e.key === 'Enter' || e.key === ' ') {
                    e.preventDefault()
                    onWho({ bin: b.bin })
                  }
                }}
              >
                <title>{words(b)}</title>
                <line x1={x(b.believed)} x2={x(b.believed)} y1={y(b.low)} y2={y(b.high)} />
                <circle cx={x(b.believed)} cy={y(b.true)} r={r(b.people)} />
              </g>
            ))}
          </svg>
        )}
      </div>
    </Figure>
  )
}

/** People by true state and by the state they are believed to be in. */
function Cells({ of, cast, onWho }: Props): React.JSX.Element {
  const most = Math.max(1, ...of.cells.flat())
  return (
    <div>
      <h3>True state, and the likeliest by belief</h3>
      <TableScroll name="True state, and the likeliest by belief">
        <table className="table beliefs-cells">
          <thead>
            <tr>
              <th scope="col">Truly</th>
              {of.states.map((s) => (
                <th key={s} scope="col">
                  {s}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {byValue(cast.states).map((truth) => (
              <tr key={truth}>
                <th scope="row">{cast.states[truth]}</th>
                {of.states.map((s, state) => {
                  const n = of.cells[truth]?.[state] ?? 0
                  return (
                    <td key={s} style={{ background: `color-mix(in oklab, var(--ink) ${Math.round((14 * n) / most)}%, transparent)` }}>
                      {n > 0 ? (
                        <button type="button" className="door" aria-label={`${formatNumber(n)} truly ${cast.states[truth] ?? ''}, believed ${s}: open people`} onClick={() => onWho({ truth, state })}>
                          {formatNumber(n)}
                        </button>
                      ) : (
                        <span className="quiet">0</span>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <p className="small quiet">The states of belief are those of a model that knows nothing of the true ones; only who has left can be compared to the letter.</p>
    </div>
  )
}
