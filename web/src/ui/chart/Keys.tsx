import { inkOf } from './series'
import './chart.css'

/** Which ink stands for what, where series cannot be named in the picture. */
export const Keys = ({ of: names, ink = inkOf }: { of: string[]; ink?: (i: number, name: string) => string }): React.JSX.Element => (
  <span className="chart-keys small">
    {names.map((name, i) => (
      <span key={name}>
        <i style={{ background: ink(i, name) }} /> {name || '–'}
      </span>
    ))}
  </span>
)
