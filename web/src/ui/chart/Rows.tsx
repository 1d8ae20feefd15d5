import { formatNumber } from '@lib/formatNumber'

import { inkOf } from './series'
import type { Series } from './series'
import './chart.css'

/** Lying bars, one for each name, with room for the name. x of a point is the place of its name. */
export function Rows({ series, names, format = formatNumber }: { series: Series[]; names: string[]; format?: (y: number) => string }): React.JSX.Element {
  const sums = names.map((_, at) => series.reduce((n, s) => n + Math.abs(s.points.find((p) => p.x === at)?.y ?? 0), 0))
  const most = Math.max(...sums, 0) || 1
  return (
    <div className="chart-rows">
      {names.map((name, at) => (
        <div key={at} className="chart-row">
          <span className="chart-name" dir="auto" title={name}>
            {name || '–'}
          </span>
          <span className="chart-track">
            {series.map((s, i) => {
              const v = s.points.find((p) => p.x === at)?.y ?? 0
              return v === 0 ? null : <i key={s.name} style={{ width: `${(100 * Math.abs(v)) / most}%`, background: inkOf(i, s.name) }} title={`${s.name ? `${s.name}: ` : ''}${format(v)}`} />
            })}
            <span className="small">{format(series.reduce((n, s) => n + (s.points.find((p) => p.x === at)?.y ?? 0), 0))}</span>
          </span>
        </div>
      ))}
    </div>
  )
}
