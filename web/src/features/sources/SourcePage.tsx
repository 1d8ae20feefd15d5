import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { workspaceQuery } from '@api/queries'
import { sourceQuery } from '@api/sourceQueries'
import type { SourcePage as Page } from '@api/types'
import { formatDuration } from '@lib/formatDuration'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatMoment, formatSince } from '@lib/formatTime'
import { sourceKinds } from '@lib/sourceKinds'
import { LetterDoor } from '@ui/LetterDoor'
import { Failed, Skeleton } from '@ui/States'

import { Hours } from './Hours'
import { Keys } from './Keys'
import { Lag } from './Lag'
import { Outages } from './Outages'
import { Reasons } from './Reasons'
import { Rename } from './Rename'
import { Signing } from './Signing'
import { WebhookMap } from './WebhookMap'
import './Sources.css'

export function SourcePage(): React.JSX.Element {
  const { id } = useParams({ from: '/sources/$id' })
  const { data: source, error, refetch } = useQuery(sourceQuery(id))
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${source?.name ?? 'Source'} · Rapport`}</title>
      {source ? <Loaded source={source} now={workspace?.now ?? undefined} /> : error ? <Failed error={error} what="This source" retry={() => void refetch()} /> : <Skeleton rows={12} height={48} what="the source" />}
    </main>
  )
}

function answer({ figures: f }: Page, now: string | undefined): string {
  if (!f.last_seen) return 'Nothing has come from it yet.'
  const latest = `the latest ${formatSince(f.last_seen, now)}`
  if (f.day.accepted === 0) return `No: nothing in the last 24 hours, ${latest}.`
  const came = `${plural(f.day.accepted, 'event', 'events')} in the last 24 hours, ${latest}`
  return f.day.rejected === 0 ? `Yes: ${came}, and none was rejected.` : `Not everything: ${came}, but ${formatNumber(f.day.rejected)} ${f.day.rejected === 1 ? 'was' : 'were'} rejected.`
}

function Loaded({ source: s, now }: { source: Page; now: string | undefined }): React.JSX.Element {
  return (
    <>
      <div className="heading">
        <h1>
          <Link to="/sources">Sources</Link> / {s.name}: is it arriving?
        </h1>
        <p className="answer">{answer(s, now)}</p>
        <p className="quiet">
          {sourceKinds[s.kind].name}, <span className="mono">{s.id}</span>. {s.managed ? 'It is of the configuration, or Rapport’s own, and is not changed here.' : `Made on ${formatMoment(s.created)}.`}{' '}
          <Link to="/live" search={{ source: s.id }} className="door">
            Watch its events arrive
          </Link>
        </p>
        {!s.managed && <Rename source={s} key={s.id} />}
      </div>
      <Hours hours={s.series.hours} now={now} />
      <div className="columns">
        <div className="column">
          <Reasons source={s} now={now} />
          <Keys source={s} now={now} />
          <Outages source={s} now={now} key={`${s.id} outages`} />
        </div>
        <Figures source={s} now={now} />
      </div>
      {s.kind === 'webhook' && <WebhookMap source={s} key={s.id} />}
      {s.webhook && <Signing source={s} webhook={s.webhook} key={`${s.id} signing`} />}
    </>
  )
}

function Figures({ source: { id, name, figures: f, since }, now }: { source: Page; now: string | undefined }): React.JSX.Element {
  const start = f.since_start
  const letters = (state: string, count: number): React.JSX.Element => <LetterDoor search={{ source: id, state }} count={count} label={`${state} of ${name}`} />
  const rows: [string, React.ReactNode][] = [
    ['Duplicates, last 24 hours', formatNumber(f.day.duplicates)],
    ['Of robots, last 24 hours', formatNumber(f.day.bots)],
    ['Calls', formatNumber(start.calls)],
    ['Calls told to come again later', formatNumber(start.busy)],
    ['Lag, 99 of 100 within', <Lag key="lag" of={start.lag} />],
    ['Its clock against ours, in the middle', start.skew.samples === 0 ? <span className="quiet">not measured yet</span> : `${formatDuration(Math.abs(start.skew.p50_ms))}${start.skew.p50_ms < 0 ? ' behind' : ' ahead'}`],
    ['Dead letters, open', letters('open', f.letters.open)],
    ['mended', letters('mended', f.letters.mended)],
    ['dismissed', letters('dismissed', f.letters.dismissed)],
  ]
  return (
    <section className="section" aria-labelledby="figures">
      <h2 id="figures">Figures</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="small quiet">
        Calls, lag and clock are since the server was started, {formatSince(since, now)}.{f.letters.unkept + f.letters.let_go > 0 && ` ${plural(f.letters.unkept + f.letters.let_go, 'letter', 'letters')} could not be kept: there were too many, or they came too fast.`}
      </p>
    </section>
  )
}
