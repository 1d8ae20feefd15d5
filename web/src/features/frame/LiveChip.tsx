import type { Workspace } from '@api/types'
import { plural } from '@lib/formatNumber'
import { cx } from '@ui/cx'

import { LiveDialog } from './LiveDialog'

export function liveWords(workspace: Pick<Workspace, 'live' | 'allow'>): [string, string] {
  if (workspace.live === 'everyone') return ['Live', 'everybody who consents']
  if (workspace.live === 'stopped') return ['Stopped', 'nothing leaves']
  if (workspace.allow.length > 0) return ['Disarmed', `${plural(workspace.allow.length, 'address', 'addresses')} allowed`]
  return ['Disarmed', 'nothing leaves']
}

/** Who may be sent to, always in sight. */
export function LiveChip({ workspace, open, setOpen }: { workspace: Workspace; open: boolean; setOpen: (open: boolean) => void }): React.JSX.Element {
  const [state, detail] = liveWords(workspace)
  return (
    <>
      <button type="button" className={cx('chip', `chip-${workspace.live}`)} onClick={() => setOpen(true)} aria-label={`${state}: ${detail}. Change who may be sent to`}>
        <span className="chip-dot" aria-hidden="true" />
        <span>
          {state}
          <span className="chip-detail quiet">: {detail}</span>
        </span>
      </button>
      {open && <LiveDialog workspace={workspace} onClose={() => setOpen(false)} />}
    </>
  )
}
