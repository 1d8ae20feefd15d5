import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { settingsQuery, workspaceQuery } from '@api/queries'
import type { SettingsPage as Page, Workspace } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { formatDays } from '@lib/formatTime'
import { Door } from '@ui/Door'
import { Facts } from '@ui/Facts'
import { Failed, Skeleton } from '@ui/States'

import { Channel } from './Channel'
import { GoingLive } from './GoingLive'
import { IdentityKey } from './IdentityKey'
import { Slots } from './Slots'
import './SettingsPage.css'

export function SettingsPage(): React.JSX.Element {
  const { data: settings, error, refetch } = useQuery(settingsQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Settings · Rapport</title>
      <div className="heading">
        <h1>What may leave, to whom, and will it be believed?</h1>
        <p className="answer">{workspace && settings ? answer(workspace, settings) : '\u00a0'}</p>
      </div>
      {settings && workspace ? <Loaded settings={settings} workspace={workspace} /> : error ? <Failed error={error} what="The settings" retry={() => void refetch()} /> : <Skeleton rows={12} height={48} what="the settings" />}
    </main>
  )
}

function answer(w: Workspace, s: Page): string {
  const ways = s.channels.length === 0 ? 'there is no channel' : `by ${new Intl.ListFormat('en').format(s.channels.map((c) => c.id))}`
  if (w.live === 'stopped') return 'Nothing leaves at all: everything is stopped.'
  if (w.live === 'everyone') return `Whoever consents may be sent to, ${ways}.`
  return w.allow.length === 0 ? 'Nothing leaves: the workspace is disarmed, and nobody is on its allow-list.' : `Only ${plural(w.allow.length, 'address', 'addresses')} on the allow-list may be sent to, ${ways}.`
}

function Loaded({ settings: s, workspace }: { settings: Page; workspace: Workspace }): React.JSX.Element {
  return (
    <div className="columns">
      <div className="column">
        <GoingLive workspace={workspace} />
        <section className="section" aria-labelledby="channels">
          <h2 id="channels">Channels</h2>
          {s.channels.length === 0 && <p className="quiet">No channel is defined, so nothing can be sent.</p>}
          {s.channels.map((c) => (
            <Channel key={c.id} of={c} />
          ))}
        </section>
      </div>
      <div className="column">
        <Facts
          title="Held out, to measure against"
          none=""
          rows={[
            ['Of everything', formatPercent(s.holdout)],
            ...s.goals.map((g): [React.ReactNode, React.ReactNode] => [
              <Link key={g.id} to="/goals/$id" params={{ id: g.id }} className="door">
                {g.name}
              </Link>,
              <Door key={g.id} who={{ goal: g.id, arm: 'holdout' }} count={1} label={`held out of ${g.name}`}>
                {formatPercent(g.holdout)}
              </Door>,
            ]),
          ]}
          note={
            <>
              Who is held out is decided by a hash, once, with the seed <span className="mono">{s.seed}</span>. Another seed draws everybody anew, and what was measured begins again.
            </>
          }
        />
        <Facts
          title="What may be done at all"
          none=""
          rows={[
            ['Without a word from them', s.consent === 'opt_in' ? 'nothing is sent' : 'they may be sent to'],
            ['Quiet hours, in their zone', s.quiet_from ? `${s.quiet_from} to ${s.quiet_to}` : 'none'],
            ...s.caps.map((c): [string, string] => [c.channel ? `By ${c.channel}` : 'By all channels', `at most ${c.at_most} in ${formatDays(c.days)}`]),
          ]}
          note={
            <Link to="/definitions" search={{ at: 'policy' }} className="door">
              Change it in the definitions
            </Link>
          }
        />
        <Slots settings={s} />
        <section className="section">
          <h2>Keys</h2>
          <p className="quiet">
            Write keys belong to{' '}
            <Link to="/sources" className="door">
              sources
            </Link>
            , and are made and revoked there. The admin token, which opens this console and the API, is kept as <code>admin_token</code> in <code>secrets.json</code> of the data folder, or given as <code>RAPPORT_ADMIN_TOKEN</code>; another one shuts every session.
          </p>
          <IdentityKey value={s.identity_key} />
        </section>
      </div>
    </div>
  )
}
