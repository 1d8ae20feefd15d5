import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useRestore } from '@api/definitions'
import { useEnd } from '@api/experiments'
import { workspaceQuery } from '@api/queries'
import type { Trial } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

interface Done {
  words: string
  /** The version that was in force before, and the one that is now. */
  before: string
  now: string
}

/** Ends the experiment, with a winner or without; what was done can be undone. */
export function EndIt({ trial: t }: { trial: Trial }): React.JSX.Element | null {
  const { data: workspace } = useQuery(workspaceQuery)
  const end = useEnd()
  const restore = useRestore()
  const [done, setDone] = useState<Done>()
  const [winner, setWinner] = useState('')
  const best = winner || t.winner || t.best[0] || t.sides[0]?.id || ''
  if (t.status === 'planned') return null
  const before = workspace?.definition ?? ''
  const finish = (id?: string): void =>
    end.mutate(
      { id: t.id, base: before, ...(id ? { winner: id } : {}) },
      { onSuccess: (a) => setDone({ words: id ? `${t.sides.find((s) => s.id === id)?.name ?? id} is the winner: everybody is met by it from now on.` : 'The experiment has ended: nobody else is counted.', before, now: a.version.hash }) },
    )
  const undo = (d: Done): void => restore.mutate({ hash: d.before, base: d.now, message: `Undo: ${d.words}` }, { onSuccess: () => setDone(undefined) })
  const busy = end.isPending || restore.isPending || before === ''
  return (
    <section className="section" aria-labelledby="end">
      <h2 id="end">{t.status === 'running' ? 'End it' : 'After the end'}</h2>
      <p className="note">A winner is how everybody is met from then on. Without one, people are met as if there had been no experiment.</p>
      <div className="trial-end">
        <label className="trial-end-choice">
          <span className="small quiet">Winner</span>
          <select className="field" value={best} onChange={(e) => setWinner(e.target.value)}>
            {t.sides.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
        </label>
        <Button look={t.stop ? 'main' : 'plain'} disabled={busy || best === t.winner} onClick={() => finish(best)}>
          Declare the winner
        </Button>
        {(t.status === 'running' || t.winner) && (
          <Button disabled={busy} onClick={() => finish()}>
            {t.status === 'running' ? 'End without a winner' : 'Take the winner back'}
          </Button>
        )}
      </div>
      {done && (
        <p role="status">
          {done.words} <Button onClick={() => undo(done)} disabled={busy}>Undo</Button>
        </p>
      )}
      <Refused error={end.error ?? restore.error} />
    </section>
  )
}
