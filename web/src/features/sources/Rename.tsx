import { useState } from 'react'
import type { FormEvent } from 'react'

import { useRenameSource } from '@api/sourceMutations'
import type { SourcePage } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

/** Gives a source another name, and takes it back. Its id, by which events know it, stays. */
export function Rename({ source: s }: { source: SourcePage }): React.JSX.Element {
  const [name, setName] = useState<string | null>(null)
  const [before, setBefore] = useState('')
  const rename = useRenameSource(s.id)
  const to = (next: string): void =>
    rename.mutate(next, {
      onSuccess: () => {
        setBefore(before === next ? '' : s.name)
        setName(null)
      },
    })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name?.trim() === s.name) setName(null)
    else to(name?.trim() ?? '')
  }
  if (name === null) {
    return (
      <span className="source-rename">
        <Button look="quiet" onClick={() => setName(s.name)}>
          Rename
        </Button>
        {before !== '' && (
          <span role="status">
            It was called {before}.{' '}
            <Button look="quiet" onClick={() => to(before)} disabled={rename.isPending}>
              Undo renaming
            </Button>
          </span>
        )}
        <Refused error={rename.error} />
      </span>
    )
  }
  return (
    <form className="source-rename" onSubmit={submit}>
      {/* Asked for by the button that stood here. */}
      {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
      <input className="field" aria-label="Name of the source" autoFocus required maxLength={200} value={name} onChange={(e) => setName(e.target.value)} onKeyDown={(e) => e.key === 'Escape' && setName(null)} />
      <Button type="submit" look="main" disabled={rename.isPending || name.trim() === ''}>
        Rename
      </Button>
      <Button look="quiet" onClick={() => setName(null)}>
        Cancel
      </Button>
      <Refused error={rename.error} />
    </form>
  )
}
