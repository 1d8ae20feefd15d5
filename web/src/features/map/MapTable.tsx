import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import type { LifecycleMap, Touchpoint } from '@api/types'
import { effortScore } from '@lib/effort'
import { formatPoints } from '@lib/formatPercent'
import { againstOf } from '@lib/verdict'
import { cx } from '@ui/cx'
import { DataTable } from '@ui/DataTable'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { Estimate } from '@ui/Estimate'

const column = createColumnHelper<Touchpoint>()

/** The map as a table, for those who compare and those who do not see the picture. */
export function MapTable({ map }: { map: LifecycleMap }): React.JSX.Element {
  const columns = useMemo(() => {
    const stageIndex = (t: Touchpoint): number => map.stages.findIndex((s) => s.id === t.stage)
    const name = (id: string): string => (id === '' ? 'nowhere' : (map.touchpoints.find((t) => t.id === id)?.name ?? id))
    return [
      column.accessor('name', { header: 'Touchpoint', cell: (c) => <span dir="auto">{c.getValue()}</span> }),
      column.accessor(stageIndex, { id: 'stage', header: 'Stage', cell: (c) => map.stages[c.getValue()]?.name ?? c.row.original.stage }),
      column.accessor('channel', { header: 'Channel' }),
      column.accessor('people', { header: 'People', cell: (c) => <Door who={{ touchpoint: c.row.original.id }} count={c.getValue()} label={`people at ${c.row.original.name}`} /> }),
      column.accessor('interactions', { header: 'Interactions', cell: (c) => <Door who={{ touchpoint: c.row.original.id, effort: 'any' }} count={c.getValue()} label={`interactions at ${c.row.original.name}`} /> }),
      column.accessor((t) => effortScore(t.effort), { id: 'effort', header: 'Effort', cell: (c) => <EffortBar of={c.row.original.effort} /> }),
      column.accessor((t) => (t.continuation.enough ? t.continuation.value : -1), { id: 'back', header: 'Came back', cell: (c) => <Estimate of={c.row.original.continuation} against={againstOf(c.row.original)} /> }),
      column.accessor((t) => (t.expected?.difference.enough ? t.expected.difference.value : -1), { id: 'expected', header: 'Against what was expected', cell: (c) => <Against of={c.row.original} /> }),
      column.display({
        id: 'next',
        header: 'Most go to',
        cell: (c) => {
          const flow = map.flows.find((f) => f.from === c.row.original.id)
          return flow ? name(flow.to) : ''
        },
      }),
    ]
  }, [map])
  return <DataTable rows={map.touchpoints} columns={columns} caption="Touchpoints of the lifecycle map" numeric={['people', 'interactions']} rowKey={(t) => t.id} />
}

const verdicts = { engages: 'engages', interacts: 'interacts', harms: 'harms', unknown: '' }

function Against({ of: { expected: e } }: { of: Touchpoint }): React.JSX.Element {
  if (!e) return <span className="quiet">no model</span>
  return (
    <span className={cx(e.verdict === 'engages' && 'good', e.verdict === 'harms' && 'bad')}>
      <Estimate of={e.difference} format={formatPoints} domain={[-0.3, 0.3]} against={{ value: 0, name: 'as expected is' }} /> {verdicts[e.verdict]}
    </span>
  )
}
