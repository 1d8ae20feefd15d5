import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import { questionsQuery, useSaveQuestion } from '@api/questions'
import { Button } from '@ui/Button'

import type { Chart } from './chart'
import { slug } from './result'

/** Keeps the question under a name; the same name takes the place of what was there. */
export function Keep({ sql, kept, chart }: { sql: string; kept: string; chart: Chart }): React.JSX.Element {
  const navigate = useNavigate({ from: '/questions' })
  const { data } = useQuery(questionsQuery)
  const from = data?.questions.find((q) => q.id === kept)
  const [typed, setTyped] = useState<string | null>(null)
  const save = useSaveQuestion()
  const name = typed ?? (from && !from.ready ? from.name : '')
  const id = slug(name)
  const submit = (): void => save.mutate({ id, draft: { name: name.trim(), sql, chart } }, { onSuccess: () => void navigate({ search: { sql, kept: id }, replace: true }) })
  return (
    <form
      className="ask-keep"
      onSubmit={(e) => {
        e.preventDefault()
        submit()
      }}
    >
      <input className="field" aria-label="Name to keep the question under" placeholder="Keep it as" maxLength={200} value={name} onChange={(e) => setTyped(e.target.value)} />
      <Button type="submit" disabled={id === '' || sql.trim() === '' || save.isPending}>
        Keep
      </Button>
      {save.error && (
        <p className="bad" role="alert">
          {save.error.message}
        </p>
      )}
    </form>
  )
}
