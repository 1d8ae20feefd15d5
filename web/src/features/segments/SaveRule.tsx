import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { usePutSegment } from '@api/mutations'
import { segmentsQuery, workspaceQuery } from '@api/queries'
import type { Segment } from '@api/types'
import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'
import { Refused } from '@ui/Refused'

import { asYAML, idOf } from './words'

/** Brings the rule into force as a segment, or gives it to be taken to a file. */
export function SaveRule({ rule, ready, old }: { rule: string; ready: boolean; old: Segment | undefined }): React.JSX.Element {
  const navigate = useNavigate()
  const { data: workspace } = useQuery(workspaceQuery)
  const { data: all } = useQuery(segmentsQuery)
  const [typed, setTyped] = useState<string | null>(null)
  const put = usePutSegment()
  const name = typed ?? old?.name ?? ''
  const id = old?.id ?? idOf(name)
  const taken = old ? undefined : all?.segments.find((s) => s.id === id)
  const save = (): void => put.mutate({ id, name: name.trim(), rule, base: workspace?.definition ?? '' }, { onSuccess: () => void navigate({ to: '/segments/$id', params: { id } }) })
  return (
    <section className="section" aria-labelledby="save">
      <h2 id="save">{old ? 'Change the segment' : 'Make it a segment'}</h2>
      <form
        className="rule-save"
        onSubmit={(e) => {
          e.preventDefault()
          save()
        }}
      >
        <input className="field" aria-label="Name of the segment" placeholder="Name" maxLength={200} value={name} onChange={(e) => setTyped(e.target.value)} />
        <Button type="submit" look="main" disabled={!ready || id === '' || taken !== undefined || put.isPending}>
          {put.isPending ? 'Bringing it into force' : 'Bring into force'}
        </Button>
      </form>
      {taken && <p className="bad">There is a segment {taken.name} of this name already.</p>}
      <Refused error={put.error} />
      {ready && (
        <>
          <p className="small quiet">Or take it to the file of definitions:</p>
          <Copy text={asYAML(id, name, rule)} what="the segment as YAML" lines />
        </>
      )}
    </section>
  )
}
