import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent } from 'react'

import { useAddSource } from '@api/sourceMutations'
import type { SourceKind } from '@api/types'
import { sourceKinds } from '@lib/sourceKinds'
import { Button } from '@ui/Button'
import { Modal } from '@ui/Panel'
import { Refused } from '@ui/Refused'

import { KeyOnce } from './KeyOnce'

const kinds = (['server', 'browser', 'webhook'] as const).map((kind) => ({ kind, ...sourceKinds[kind] }))

/** Asks what sends and what it is called, and shows the first write key. */
export function NewSource({ onClose }: { onClose: () => void }): React.JSX.Element {
  const [name, setName] = useState('')
  const [kind, setKind] = useState<SourceKind>('server')
  const add = useAddSource()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    add.mutate({ name: name.trim(), kind })
  }
  if (add.data) {
    const { source, key } = add.data
    return (
      <Modal title={`${source.name} may send now`} words="This is its write key. It is shown this once: only its hash is kept." onClose={onClose}>
        <KeyOnce made={key} kind={source.kind} />
        <div className="form-foot">
          <Link to="/sources/$id" params={{ id: source.id }} className="button">
            Open {source.name}
          </Link>
          <Button look="main" onClick={onClose}>
            I have kept it
          </Button>
        </div>
      </Modal>
    )
  }
  return (
    <Modal title="New source" words="A source is whatever sends events. Each has write keys of its own, so that one can be shut without the others." onClose={onClose}>
      <form onSubmit={submit} className="section">
        <label className="form-row">
          <span className="small">Name</span>
          <input className="field" value={name} onChange={(e) => setName(e.target.value)} placeholder="Web shop" autoComplete="off" maxLength={200} required />
        </label>
        <fieldset className="choices">
          <legend className="hidden">Kind</legend>
          {kinds.map((k) => (
            <label key={k.kind}>
              <input type="radio" name="kind" value={k.kind} checked={kind === k.kind} onChange={() => setKind(k.kind)} />
              <span>{k.name}</span>
              <small>{k.words}</small>
            </label>
          ))}
        </fieldset>
        <Refused error={add.error} />
        <div className="form-foot">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="main" disabled={add.isPending || name.trim() === ''}>
            Make it
          </Button>
        </div>
      </form>
    </Modal>
  )
}
