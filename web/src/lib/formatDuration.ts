/** 13.763 → "14 ms", 1540 → "1.5 s", 90000 → "1.5 min". */
export function formatDuration(ms: number): string {
  if (ms < 1) return 'under 1\u00a0ms'
  if (ms < 1000) return `${Math.round(ms)}\u00a0ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}\u00a0s` : `${(ms / 60_000).toFixed(1)}\u00a0min`
}
