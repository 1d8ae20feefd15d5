/** A share from 0 to 1 as a percentage. Below ten per cent it keeps one decimal. */
export function formatPercent(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.05) return '<0.1\u00a0%'
  const decimals = percent !== 0 && Math.abs(percent) < 9.95 ? 1 : 0
  return `${minus(percent.toFixed(decimals))}\u00a0%`
}

/** A difference between two shares, in percentage points. */
export function formatPoints(difference: number): string {
  const points = (difference * 100).toFixed(1)
  return `${difference > 0 ? '+' : ''}${minus(points)}\u00a0points`
}

const minus = (s: string): string => s.replace('-', '\u2212')
