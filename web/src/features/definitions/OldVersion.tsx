import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'

import { definitionQuery, differenceQuery, useRestore } from '@api/definitions'
import type { DefinitionVersion, DefinitionVersions } from '@api/types'
import { formatMoment } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'
import { Failed, Skeleton } from '@ui/States'

import { Changes } from './Changes'
import { History } from './History'
import { LazyEditor } from './LazyEditor'

/** A version that was in force once: what it changed then, and what bringing it back would change now. */
export function OldVersion({ of: v, all }: { of: DefinitionVersion; all: DefinitionVersions }): React.JSX.Element {
  const navigate = useNavigate({ from: '/definitions' })
  const before = all.versions.find((o) => o.number === v.number - 1)
  const { data: page, error, refetch } = useQuery(definitionQuery(v.hash))
  const { data: earlier } = useQuery({ ...definitionQuery(before?.hash ?? ''), enabled: before !== undefined })
  const { data: then } = useQuery(differenceQuery(before?.hash ?? '', v.hash))
  const { data: back } = useQuery(differenceQuery(all.in_force, v.hash))
  const restore = useRestore()
  const same = v.hash === all.in_force
  return (
    <>
      <div className="heading">
        <h1>
          <Link to="/definitions">Definitions</Link> / version {v.number}: what did it change, and should it come back?
        </h1>
        <p className="answer">{typeset(`It came into force on ${formatMoment(v.at)}${v.by ? `, by ${v.by}` : ''}${v.message ? `: ${v.message.replace(/\.$/, '')}` : ''}.`)}</p>
        <p className="quiet">
          Hash <span className="mono">{v.hash.slice(0, 12)}</span>
        </p>
      </div>
      <div className="columns definitions">
        <div className="definitions-text">
          <div className="definitions-tools">
            <h2>{before ? `Its text, against version ${before.number}` : 'Its text'}</h2>
          </div>
          {page && (!before || earlier) ? (
            <LazyEditor label={`Definitions of version ${v.number}`} value={page.yaml} {...(earlier ? { against: earlier.yaml } : {})} />
          ) : error ? (
            <Failed error={error} what="This version" retry={() => void refetch()} />
          ) : (
            <Skeleton rows={18} height={32} what="the text" />
          )}
        </div>
        <div className="column">
          <section className="section" aria-labelledby="back">
            <h2 id="back">Bring it back</h2>
            <p>{same ? 'It is the same as what is in force.' : back ? typeset(back.sentence) : '\u00a0'}</p>
            <Refused error={restore.error} />
            <p>
              <Button look="main" disabled={same || !back || restore.isPending} onClick={() => restore.mutate({ hash: v.hash, base: all.in_force, message: `Back to version ${v.number}` }, { onSuccess: () => void navigate({ search: {} }) })}>
                Bring version {v.number} back
              </Button>
            </p>
            <p className="small quiet">It becomes a new version with the same content, so that this can be undone as well.</p>
          </section>
          {then && <Changes of={then} title={`What it changed in version ${before?.number}`} />}
          <History of={all} here={String(v.number)} />
        </div>
      </div>
    </>
  )
}
