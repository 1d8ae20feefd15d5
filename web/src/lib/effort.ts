import type { Effort } from '@api/types'

export type EffortKind = 'outreach' | 'response' | 'unprompted'

export const effortWords: Record<EffortKind, string> = {
  outreach: 'Outreach: we started',
  response: 'Response: they acted on our outreach',
  unprompted: 'Unprompted: they came by themselves',
}

export const effortTotal = (e: Effort): number => e.outreach + e.response + e.unprompted

/** −1 when all effort is ours, +1 when all is theirs; a response stands between. */
export function effortScore(e: Effort): number {
  const total = effortTotal(e)
  return total === 0 ? 0 : (e.unprompted - e.outreach) / total
}

/** A colour of the diverging scale, in CSS that follows the theme. */
export function effortColor(score: number): string {
  const pole = score < 0 ? '--outreach' : '--unprompted'
  return `color-mix(in oklab, var(${pole}) ${Math.round(Math.min(1, Math.abs(score)) * 100)}%, var(--response))`
}

/** In words, for those who do not see the colour. */
export function effortSentence(e: Effort): string {
  const total = effortTotal(e)
  if (total === 0) return 'no interactions yet'
  const of = (n: number): string => `${Math.round((100 * n) / total)}\u00a0%`
  return `${of(e.outreach)} outreach, ${of(e.response)} response, ${of(e.unprompted)} unprompted`
}
