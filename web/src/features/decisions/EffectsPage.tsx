import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import { effectsQuery } from '@api/decisions'
import { segmentsQuery, workspaceQuery } from '@api/queries'
import type { EffectCell } from '@api/types'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'

import { HeatMap } from './HeatMap'
import { OtherPolicy } from './OtherPolicy'
import './Decisions.css'

/** What works for whom, and what other policies would have earned. */
export function EffectsPage(): React.JSX.Element {
  const { by = 'stage', policy = 'uniform', since, until } = useSearch({ from: '/effects' })
  const { data, error, refetch } = useQuery(effectsQuery(by))
  const { data: workspace } = useQuery(workspaceQuery)
  const { data: segments } = useQuery({ ...segmentsQuery, enabled: by === 'segment' })
  const parts = by === 'stage' ? (workspace?.stages ?? []) : by === 'segment' ? (segments?.segments ?? []) : statesOf(data?.cells ?? [])
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>What works · Rapport</title>
      <div className="heading">
        <h1>What works for whom?</h1>
        <p className="answer">{data ? typeset(data.sentence) : '\u00a0'}</p>
      </div>
      <p className="period small" role="group" aria-label="By">
        <Link to="/effects" search={(old) => ({ ...old, by: undefined })} data-chosen={by === 'stage'} className="period-choice">
          by stage
        </Link>
        <Link to="/effects" search={(old) => ({ ...old, by: 'segment' as const })} data-chosen={by === 'segment'} className="period-choice">
          by segment
        </Link>
        <Link to="/effects" search={(old) => ({ ...old, by: 'state' as const })} data-chosen={by === 'state'} className="period-choice">
          by state
        </Link>
      </p>
      {data && data.cells.length > 0 && <HeatMap cells={data.cells} by={by} parts={parts} currency={workspace?.currency ?? ''} />}
      {data?.cells.length === 0 && <Empty title="Nothing can be told yet">What an action does is told from decisions in which it and silence were both possible, two weeks after they were made.</Empty>}
      {!data && (error ? <Failed error={error} what="What works" retry={() => void refetch()} /> : <Skeleton rows={8} height={56} what="what works" />)}
      {data && data.cells.length > 0 && <OtherPolicy policy={policy} days={{ since, until }} cells={data.cells} currency={workspace?.currency ?? ''} />}
    </main>
  )
}

/** States have the names that their model gave them; before there was one there is none. */
const statesOf = (cells: EffectCell[]): { id: string; name: string }[] => [...new Set(cells.map((c) => c.part))].sort().map((id) => ({ id, name: id === '' ? 'no belief yet' : id }))
