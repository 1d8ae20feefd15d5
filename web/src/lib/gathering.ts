import type { SourceList, SourceRow } from '@api/types'

import { formatNumber, plural } from './formatNumber'
import { formatSince } from './formatTime'

type Rows = SourceList['sources']

/** Sources from which something once came, and nothing in the last day. */
export const silent = (sources: Rows): SourceRow[] => sources.filter((s) => s.figures.last_seen && s.figures.day.accepted === 0 && s.kind !== 'import')

/** Whether everything is arriving, in a sentence. */
export function verdict({ sources }: SourceList, now: string | undefined): string {
  const seen = sources.map((s) => s.figures.last_seen ?? '').reduce((a, b) => (a > b ? a : b), '')
  if (!seen) return 'Nothing has arrived yet. Send a first event with the write key of a source.'
  const sum = (of: (s: SourceRow) => number): number => sources.reduce((n, s) => n + of(s), 0)
  const came = sum((s) => s.figures.day.accepted)
  const refused = sum((s) => s.figures.day.rejected)
  const latest = `the latest ${formatSince(seen, now)}`
  if (came === 0) return `No: nothing has come in the last 24 hours, ${latest}.`
  const from = sources.filter((s) => s.figures.day.accepted > 0).length
  const said = `${plural(came, 'event', 'events')} from ${plural(from, 'source', 'sources')} in the last 24 hours, ${latest}`
  const cut = sources.filter((s) => s.figures.gaps.length > 0)
  const quiet = silent(sources).filter((s) => s.figures.gaps.length === 0)
  const troubles = [
    ...(refused > 0 ? [`${formatNumber(refused)} ${refused === 1 ? 'was' : 'were'} rejected`] : []),
    ...(cut.length > 0 ? [`${cut.length === 1 ? (cut[0]?.name ?? '') : plural(cut.length, 'source', 'sources')} may have been cut off`] : []),
    ...(quiet.length > 0 ? [`nothing came from ${quiet.length === 1 ? (quiet[0]?.name ?? '') : plural(quiet.length, 'source', 'sources')}`] : []),
  ]
  return troubles.length === 0 ? `Yes: ${said}, and none was rejected.` : `Not everything: ${said}, but ${troubles.join(' and ')}.`
}
