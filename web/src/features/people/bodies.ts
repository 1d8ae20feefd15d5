import type { Candidate, Reason } from '@api/types'

/**
 * What Rapport's own events carry. The API passes these on as they are in the
 * journal, so they are read with care: every field may be missing.
 */
export interface Choice {
  trigger?: string
  goal?: string
  policy?: string
  seed?: number
  definition?: string
  candidates?: Candidate[] | null
  chosen?: number
  probability?: number
  reason?: string
}

export interface Grant {
  channel?: string
  to?: string
  action?: string
  content?: { subject?: string; text?: string; next_step?: { label?: string; url?: string } }
}

export interface Suppressed {
  goal?: string
  channel?: string
  action?: string
  held?: boolean
  reason?: Reason
}

export interface Receipt {
  delivery?: string
  channel?: string
  outcome?: string
  detail?: string
  machine?: boolean
}

/** The body as the kind has it, or an empty one. */
export const bodyOf = <T extends object>(body: unknown): Partial<T> => (body !== null && typeof body === 'object' ? (body) : {})
