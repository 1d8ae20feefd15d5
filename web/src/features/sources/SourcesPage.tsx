import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'

import { workspaceQuery } from '@api/queries'
import { sourcesQuery } from '@api/sourceQueries'
import type { SourceList, SourceRow } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { verdict } from '@lib/gathering'
import { formatMoment, formatSince } from '@lib/formatTime'
import { lastGap } from '@lib/gaps'
import { sourceKinds } from '@lib/sourceKinds'
import { Button } from '@ui/Button'
import { DataTable } from '@ui/DataTable'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Lag } from './Lag'
import { LetterDoor } from '@ui/LetterDoor'
import { NewSource } from './NewSource'
import './Sources.css'

export function SourcesPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(sourcesQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const search = useSearch({ from: '/sources' })
  const navigate = useNavigate({ from: '/sources' })
  const setMaking = (making: boolean): void => void navigate({ search: making ? { new: 'source' } : {}, replace: true })
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Sources · Rapport</title>
      <div className="heading heading-act">
        <h1>Is everything arriving?</h1>
        <p className="answer">{data ? verdict(data, workspace?.now ?? undefined) : '\u00a0'}</p>
        <Button look="main" onClick={() => setMaking(true)}>
          New source
        </Button>
      </div>
      {data ? <Loaded list={data} now={workspace?.now ?? undefined} /> : error ? <Failed error={error} what="The sources" retry={() => void refetch()} /> : <Skeleton rows={6} height={40} what="sources" />}
      {search.new && <NewSource onClose={() => setMaking(false)} />}
    </main>
  )
}

function Loaded({ list, now }: { list: SourceList; now: string | undefined }): React.JSX.Element {
  if (list.sources.length === 0) return <Empty title="There is no source yet">A source is whatever sends events: your server, a website, another service. Make one with New source and send with its write key.</Empty>
  return (
    <>
      <section className="section" aria-labelledby="sources">
        <h2 id="sources">Sources</h2>
        <Table sources={list.sources} now={now} />
        <p className="small quiet">Events, rejections and duplicates are of the last 24 hours, from the journal. Lag is of the latest events since the server was started, {formatMoment(list.since)}.</p>
      </section>
      {list.strangers.calls > 0 && (
        <p>
          {plural(list.strangers.calls, 'call', 'calls')} came without a write key that opens since then, the latest {formatSince(list.strangers.last, now)}. Nothing of them was taken.{' '}
          <Link to="/live" search={{ outcome: 'turned_away' }} className="door">
            Watch them arrive
          </Link>
        </p>
      )}
    </>
  )
}

const column = createColumnHelper<SourceRow>()

function Table({ sources, now }: { sources: SourceRow[]; now: string | undefined }): React.JSX.Element {
  const columns = useMemo(
    () => [
      column.accessor('name', {
        header: 'Source',
        cell: (c) => (
          <span className="source-name">
            <Link to="/sources/$id" params={{ id: c.row.original.id }} className="door">
              {c.getValue()}
            </Link>
            <span className="small quiet mono">{c.row.original.id}</span>
            {lastGap(c.row.original) && (
              <Link to="/sources/$id" params={{ id: c.row.original.id }} hash="outages" className="small door">
                Was it cut off?
              </Link>
            )}
          </span>
        ),
      }),
      column.accessor('kind', { header: 'Kind', cell: (c) => sourceKinds[c.getValue()].name }),
      column.accessor((s) => s.figures.last_seen ?? '', { id: 'last', header: 'Last seen', cell: (c) => <span className="nowrap">{formatSince(c.getValue(), now)}</span> }),
      column.accessor((s) => s.figures.day.accepted, {
        id: 'events',
        header: 'Events',
        cell: (c) =>
          c.getValue() === 0 ? (
            <span className="door-shut">0</span>
          ) : (
            <Link to="/live" search={{ source: c.row.original.id }} className="door" aria-label={`${formatNumber(c.getValue())} events of ${c.row.original.name}: watch them arrive`}>
              {formatNumber(c.getValue())}
            </Link>
          ),
      }),
      column.accessor((s) => s.figures.day.rejected, { id: 'rejected', header: 'Rejected', cell: (c) => <LetterDoor search={{ source: c.row.original.id, state: 'all' }} count={c.getValue()} label={`rejected of ${c.row.original.name}`} /> }),
      column.accessor((s) => s.figures.day.duplicates, { id: 'duplicates', header: 'Duplicates', cell: (c) => <span className={c.getValue() === 0 ? 'door-shut' : ''}>{formatNumber(c.getValue())}</span> }),
      column.accessor((s) => s.figures.since_start.lag.p99_ms, { id: 'lag', header: 'Lag, 99 of 100 within', cell: (c) => <Lag of={c.row.original.figures.since_start.lag} /> }),
      column.accessor((s) => s.figures.letters.open, { id: 'letters', header: 'Open dead letters', cell: (c) => <LetterDoor search={{ source: c.row.original.id }} count={c.getValue()} label={`open of ${c.row.original.name}`} /> }),
    ],
    [now],
  )
  return <DataTable rows={sources} columns={columns} caption="Sources, with what came of each in the last 24 hours" numeric={['events', 'rejected', 'duplicates', 'lag', 'letters']} rowKey={(s) => s.id} />
}
