import type { Answer } from '@api/types'

import type { Chart, ChartKind } from './chart'
import { isNumeric } from './result'

const kinds: [ChartKind, string][] = [
  ['table', 'Table alone'],
  ['line', 'Lines'],
  ['bar', 'Bars'],
  ['number', 'Numbers'],
]

/** How an answer is drawn. */
export function ChartControls({ of: a, chart, onChange }: { of: Answer; chart: Chart; onChange: (chart: Chart) => void }): React.JSX.Element {
  const drawn = chart.kind === 'line' || chart.kind === 'bar'
  const choose = (label: string, value: string, options: string[], set: (v: string) => void, none?: string): React.JSX.Element => (
    <label>
      <span className="small quiet">{label}</span>
      <select className="field" value={value} onChange={(e) => set(e.target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {value !== '' && !options.includes(value) && <option>{value}</option>}
        {options.map((o) => (
          <option key={o}>{o}</option>
        ))}
      </select>
    </label>
  )
  const names = a.columns.map((c) => c.name)
  const numbers = a.columns.filter((c) => isNumeric(c.type)).map((c) => c.name)
  return (
    <div className="chart-controls">
      <label>
        <span className="small quiet">Shown as</span>
        <select className="field" value={chart.kind} onChange={(e) => onChange({ ...chart, kind: e.target.value as ChartKind })}>
          {kinds.map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {drawn && choose('Along the axis', chart.x ?? '', names, (x) => onChange({ ...chart, x }), chart.x ? undefined : 'choose')}
      {drawn && choose('Drawn', chart.y?.[0] ?? '', numbers, (y) => onChange({ ...chart, y: [y] }), chart.y?.[0] ? undefined : 'choose')}
      {drawn && choose('Told apart by', chart.series ?? '', names, (series) => onChange({ kind: chart.kind, ...(chart.x ? { x: chart.x } : {}), ...(chart.y ? { y: chart.y } : {}), ...(series ? { series } : {}) }), 'nothing')}
    </div>
  )
}
