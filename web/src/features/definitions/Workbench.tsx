import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'

import { useApply, useRestore, validationQuery } from '@api/definitions'
import type { DefinitionPage, DefinitionVersions, Validation } from '@api/types'
import { plural } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { useSettled } from '@lib/useSettled'
import { Button } from '@ui/Button'

import { ApplyForm, Done } from './ApplyForm'
import { Changes } from './Changes'
import { History } from './History'
import { LazyEditor } from './LazyEditor'
import { Problems } from './Problems'
import { Sweeping } from './Sweeping'
import { useDraft } from './useDraft'
import { lineOf } from './lineOf'

const placeOf = (yaml: string, wanted: string): { line: number; column: number } | undefined => {
  const line = lineOf(yaml, wanted)
  return line > 0 ? { line, column: 1 } : undefined
}

/** The text in force, to be changed: what is wrong, what it would do, and the way back. */
export function Workbench({ all, current, wanted }: { all: DefinitionVersions; current: DefinitionPage; wanted: string }): React.JSX.Element {
  const [draft, setDraft] = useDraft()
  const [dropped, setDropped] = useState('')
  const [differing, setDiffering] = useState(false)
  const [at, setAt] = useState(() => placeOf(current.yaml, wanted))
  const text = draft?.text ?? current.yaml
  const changed = text !== current.yaml
  const settled = useSettled(text, 350)
  const { data: validation, isPlaceholderData } = useQuery({ ...validationQuery(settled, current.hash), enabled: settled !== current.yaml })
  const apply = useApply()
  const restore = useRestore()
  const fresh = changed && settled === text && !isPlaceholderData ? validation : undefined
  const problems = useMemo(() => (changed && validation ? validation.problems : []), [changed, validation])
  const elsewhere = changed && draft !== null && draft.base !== current.hash

  const write = (next: string): void => {
    setDropped('')
    if (next === current.yaml) setDraft(null)
    else setDraft({ text: next, base: draft?.base ?? current.hash })
  }
  const before = all.versions.find((v) => v.hash !== current.hash)
  return (
    <>
      <div className="heading">
        <h1>What is in force, and what would a change do?</h1>
        <p className="answer">{answer(all, changed, fresh)}</p>
        <Sweeping />
      </div>
      <div className="columns definitions">
        <div className="definitions-text">
          <div className="definitions-tools">
            <h2>{changed ? 'Your text' : 'The text in force'}</h2>
            {changed && (
              <button type="button" className="figure-toggle" aria-pressed={differing} onClick={() => setDiffering(!differing)}>
                {differing ? 'Show the whole text' : 'Show what differs'}
              </button>
            )}
          </div>
          <LazyEditor key={differing && changed ? 'differing' : 'whole'} label="Definitions" value={text} onChange={write} problems={problems} at={at} {...(differing && changed ? { against: current.yaml } : {})} />
          <p className="small quiet">Control and Space completes, Control and F searches. Tab leaves the text.</p>
        </div>
        <div className="column">
          {elsewhere && (
            <p className="note-bad" role="alert">
              Since you began to write, version {all.versions[0]?.number} came into force{all.versions[0]?.by ? `, by ${all.versions[0].by}` : ''}. What you see below is what your text would change in it.{' '}
              <Button onClick={() => draft && setDraft({ ...draft, base: current.hash })}>Go on from there</Button>
            </p>
          )}
          {apply.data && !changed && (
            <Done
              of={apply.data}
              busy={restore.isPending}
              onUndo={before && all.in_force === apply.data.version.hash && !restore.data ? () => restore.mutate({ hash: before.hash, base: all.in_force, message: `Undo of version ${apply.data.version.number}` }) : undefined}
            />
          )}
          {dropped && !changed && (
            <p className="applied" role="status">
              Your changes were dropped. <Button onClick={() => write(dropped)}>Undo</Button>
            </p>
          )}
          {changed && problems.length > 0 && <Problems of={problems} onOpen={(p) => setAt({ line: p.line, column: p.column })} />}
          {changed && validation?.valid && validation.changes && <Changes of={validation.changes} title="What it would change" />}
          {changed && (
            <ApplyForm
              ready={fresh?.valid === true && !elsewhere}
              busy={apply.isPending}
              error={apply.error ?? restore.error}
              onDiscard={() => {
                setDropped(text)
                setDraft(null)
              }}
              onApply={(message) => {
                restore.reset()
                apply.mutate({ yaml: text, base: current.hash, ...(message ? { message } : {}) }, { onSuccess: () => setDraft(null) })
              }}
            />
          )}
          <History of={all} here={undefined} />
        </div>
      </div>
    </>
  )
}

function answer(all: DefinitionVersions, changed: boolean, validation: Validation | undefined): string {
  if (!changed) {
    const v = all.versions[0]
    if (!v) return 'Nothing is in force yet.'
    return typeset(`Version ${v.number} is in force since ${formatMoment(v.at)}${v.by ? `, by ${v.by}` : ''}${v.message ? `: ${v.message.replace(/\.$/, '')}` : ''}.`)
  }
  if (!validation) return 'Reading your text.'
  if (!validation.valid) return `Your text cannot be applied yet: ${plural(validation.problems.length, 'thing is', 'things are')} wrong with it.`
  return validation.changes?.changes.length ? `Your text can be applied. ${typeset(validation.changes.sentence)}` : 'Your text can be applied, and changes nothing but comments and order.'
}
