import { useAddKey, useSetKey } from '@api/sourceMutations'
import type { SourcePage, WriteKey } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatDay, formatSince } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { cx } from '@ui/cx'
import { Modal } from '@ui/Panel'
import { Refused } from '@ui/Refused'
import { Empty } from '@ui/States'

import { KeyOnce } from './KeyOnce'

/** The write keys of a source. A key that was shut can be opened again. */
export function Keys({ source: s, now }: { source: SourcePage; now: string | undefined }): React.JSX.Element {
  const add = useAddKey(s.id)
  const set = useSetKey(s.id)
  const writes = s.kind !== 'import' && s.kind !== 'pull'
  return (
    <section className="section" aria-labelledby="keys">
      <h2 id="keys">Write keys</h2>
      {s.keys.length === 0 && <Empty title={writes ? 'It has no write key' : 'It needs no write key'}>{writes ? 'Nothing can come from it until one is made.' : 'Rapport fetches this itself.'}</Empty>}
      {s.keys.length > 0 && (
        <ul className="keys">
          {s.keys.map((k) => (
            <li key={k.id} className={cx(k.revoked && 'key-shut')}>
              <span className="mono">{k.hint}</span>
              <span className="quiet">{usage(k, now)}</span>
              {!s.managed && (
                <Button look={k.revoked ? 'plain' : 'quiet'} disabled={set.isPending} aria-label={`${k.revoked ? 'Undo revoking' : 'Revoke'} ${k.hint}`} onClick={() => set.mutate({ key: k.id, open: k.revoked !== null })}>
                  {k.revoked ? 'Undo' : 'Revoke'}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Refused error={add.error ?? set.error} />
      {!s.managed && writes && (
        <p>
          <Button onClick={() => add.mutate()} disabled={add.isPending}>
            Make a write key
          </Button>
        </p>
      )}
      {add.data && (
        <Modal title="A new write key" words="It is shown this once: only its hash is kept. Keys made before it open as they did." onClose={add.reset}>
          <KeyOnce made={add.data.key} kind={s.kind} />
          <div className="form-foot">
            <Button look="main" onClick={add.reset}>
              I have kept it
            </Button>
          </div>
        </Modal>
      )}
    </section>
  )
}

function usage(k: WriteKey, now: string | undefined): string {
  const used = k.last_used ? `last used ${formatSince(k.last_used, now)}` : 'not used since the server was started'
  if (!k.revoked) return `${k.created ? `Made on ${formatDay(k.created)}, ` : 'Of the configuration, '}${used}.`
  return `Revoked ${formatSince(k.revoked, now)}${k.reason ? `: ${k.reason}` : ''}. ${k.refused_calls > 0 ? `${plural(k.refused_calls, 'call', 'calls')} with it since then ${k.refused_calls === 1 ? 'was' : 'were'} refused.` : 'No call has come with it since.'}`
}
