import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { questionsQuery, useDeleteQuestion } from '@api/questions'
import type { Kept } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { Failed, Skeleton } from '@ui/States'

/** Questions that are there to be asked again: one's own, and ready ones. */
export function KeptList({ here }: { here: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(questionsQuery)
  const own = data?.questions.filter((q) => !q.ready) ?? []
  const ready = data?.questions.filter((q) => q.ready) ?? []
  return (
    <>
      {own.length > 0 && <Group title="Kept" of={own} here={here} />}
      {ready.length > 0 && <Group title="Ready to ask" of={ready} here={here} />}
      {!data && (error ? <Failed error={error} what="The kept questions" retry={() => void refetch()} /> : <Skeleton rows={6} height={33} what="questions" />)}
    </>
  )
}

function Group({ title, of: list, here }: { title: string; of: Kept[]; here: string }): React.JSX.Element {
  const remove = useDeleteQuestion()
  return (
    <section className="section">
      <h2>{title}</h2>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="ask-kept" onKeyDown={(e) => moveFocus(e, 'a')}>
        {list.map((q) => (
          <li key={q.id}>
            <Link to="/questions" search={{ sql: q.sql, kept: q.id }} aria-current={q.id === here ? 'true' : undefined} title={q.sql}>
              {q.name}
            </Link>
            {!q.ready && (
              <button type="button" className="ask-remove" disabled={remove.isPending} onClick={() => remove.mutate(q.id)} aria-label={`Let go of ${q.name}`} title="Let go of it">
                ✕
              </button>
            )}
          </li>
        ))}
      </ul>
      {remove.error && (
        <p className="bad" role="alert">
          {remove.error.message}
        </p>
      )}
    </section>
  )
}
