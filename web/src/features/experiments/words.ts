import type { TrialRow } from '@api/types'
import { formatDay } from '@lib/formatTime'

/** Since when, and until when, it runs. */
export function statusWords(t: TrialRow): string {
  switch (t.status) {
    case 'planned':
      return `Begins on ${formatDay(t.begin ?? null)}`
    case 'running':
      return `Runs${t.begin ? ` since ${formatDay(t.begin)}` : ''}${t.end ? `, until ${formatDay(t.end)} at the latest` : ''}`
    case 'ended':
      return `Ended on ${formatDay(t.ended ?? null)}`
    case 'over':
      return `Over since ${formatDay(t.end ?? null)}`
  }
}
