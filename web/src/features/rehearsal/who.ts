import type { Beliefs, Cast } from '@api/types'
import { formatPercent } from '@lib/formatPercent'

/** Whom of a rehearsal to list: in a true state, in a believed one, in a group of belief. */
export interface Who {
  truth?: number
  state?: number
  bin?: number
}

/** As it is written in the address: "t2", "t2s0", "b3". */
export const written = (w: Who): string => (w.truth === undefined ? '' : `t${w.truth}`) + (w.state === undefined ? '' : `s${w.state}`) + (w.bin === undefined ? '' : `b${w.bin}`)

export function read(text: string | undefined): Who | undefined {
  const m = /^(?:t(\d+))?(?:s(\d+))?(?:b(\d+))?$/.exec(text ?? '')
  if (!text || !m) return undefined
  const number = (key: string, s: string | undefined): object => (s === undefined ? {} : { [key]: Number(s) })
  return { ...number('truth', m[1]), ...number('state', m[2]), ...number('bin', m[3]) }
}

export function named(w: Who, cast: Cast, beliefs: Beliefs | undefined): string {
  const parts: string[] = []
  if (w.truth !== undefined) parts.push(`truly ${cast.states[w.truth] ?? ''}`)
  if (w.state !== undefined) parts.push(`believed ${beliefs?.states[w.state]?.toLowerCase() ?? ''}`)
  const bin = w.bin === undefined ? undefined : beliefs?.bins[w.bin]
  if (bin) parts.push(`believed gone with ${formatPercent(bin.from)} to ${formatPercent(bin.to)}`)
  return parts.join(', ')
}
