import { formatNumber } from '@lib/formatNumber'

interface Props {
  entered: number
  left: number
  /** What the longest bar of the list stands for. */
  most: number
}

/** Who left to the left of the line and who entered to its right, over the last 8 days. */
export function Moves({ entered, left, most }: Props): React.JSX.Element {
  const width = (n: number): string => `${most > 0 ? (n / most) * 100 : 0}%`
  return (
    <span className="moves" role="img" aria-label={`In the last 8 days ${formatNumber(entered)} entered and ${formatNumber(left)} left`}>
      <span className="moves-number">{left > 0 ? `−${formatNumber(left)}` : '0'}</span>
      <span className="moves-left">
        <i style={{ width: width(left) }} />
      </span>
      <span className="moves-entered">
        <i style={{ width: width(entered) }} />
      </span>
      <span>{entered > 0 ? `+${formatNumber(entered)}` : '0'}</span>
    </span>
  )
}
