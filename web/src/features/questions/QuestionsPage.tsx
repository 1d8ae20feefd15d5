import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import { ApiError } from '@api/client'
import { answerQuery } from '@api/questions'
import type { Answer } from '@api/types'
import { Button } from '@ui/Button'
import { Empty, Skeleton } from '@ui/States'

import { Keep } from './Keep'
import { KeptList } from './KeptList'
import { Result } from './Result'
import { answerWords, freshness, toCSV } from './result'
import { Tables } from './Tables'
import './QuestionsPage.css'

export function QuestionsPage(): React.JSX.Element {
  const { sql = '', kept = '' } = useSearch({ from: '/questions' })
  const { data, error, isFetching, refetch } = useQuery(answerQuery(sql))
  const navigate = useNavigate({ from: '/questions' })
  const [draft, setDraft] = useState(sql)
  const [from, setFrom] = useState(sql)
  const editor = useRef<HTMLTextAreaElement>(null)
  if (from !== sql) {
    setFrom(sql)
    setDraft(sql)
  }
  const ask = (): void => {
    if (draft === sql) void refetch()
    else void navigate({ search: { sql: draft, ...(kept ? { kept } : {}) } })
  }
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Questions · Rapport</title>
      <div className="heading">
        <h1>What would you like to know?</h1>
        <p className="answer">{data ? answerWords(data) : error && !isFetching ? 'There is no answer to this question yet.' : sql ? '\u00a0' : 'Ask the archive of everything that happened, in SQL.'}</p>
        {data && <p className="quiet">{freshness(data)}</p>}
      </div>
      <div className="ask-columns">
        <div className="ask-main">
          <form
            className="ask-form"
            onSubmit={(e) => {
              e.preventDefault()
              ask()
            }}
          >
            <textarea
              ref={editor}
              className="field mono ask-editor"
              aria-label="Question in SQL"
              placeholder="SELECT kind, count(*) AS times FROM events GROUP BY kind ORDER BY times DESC"
              spellCheck={false}
              autoCapitalize="off"
              rows={8}
              value={draft}
              onChange={(e) => setDraft(e.target.value)}
              onKeyDown={(e) => {
                if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return
                e.preventDefault()
                ask()
              }}
            />
            <p className="ask-buttons">
              <Button look="main" type="submit" disabled={draft.trim() === '' || isFetching}>
                {isFetching ? 'Asking' : 'Ask'}
              </Button>
              <span className="small quiet">Control and Enter ask too.</span>
            </p>
          </form>
          {data && data.columns.length > 0 && <Result key={sql} of={data} />}
          {data && (
            <div className="ask-after">
              <Keep key={kept} sql={sql} kept={kept} />
              <Button onClick={() => download(data, kept || 'answer')}>Download as CSV</Button>
            </div>
          )}
          {error && !isFetching && <Unanswered error={error} />}
          {!data && isFetching && <Skeleton rows={8} height={28} what="the answer" />}
          {sql === '' && <Empty title="The answer will stand here">Take a question that is ready to ask, or write one. The tables and their columns are listed beside it; a click writes a name into the question.</Empty>}
        </div>
        <aside className="ask-aside" aria-label="Questions and tables">
          <KeptList here={kept} />
          <Tables onInsert={(text) => insert(editor.current, text, setDraft)} />
        </aside>
      </div>
    </main>
  )
}

/** Why there is no answer, in the words of whoever could not give it. */
function Unanswered({ error }: { error: Error }): React.JSX.Element {
  return (
    <div className="state" role="alert">
      <p className="state-title">{error instanceof ApiError && error.status === 422 ? 'This cannot be answered as it is written' : 'The question was not answered'}</p>
      <pre className="ask-error mono">{error.message}</pre>
    </div>
  )
}

/** Writes text where the cursor is, and leaves the cursor behind it. */
function insert(field: HTMLTextAreaElement | null, text: string, set: (value: string) => void): void {
  if (!field) return
  const { selectionStart: start, selectionEnd: end, value } = field
  const space = start > 0 && /\w$/.test(value.slice(0, start)) ? ' ' : ''
  set(value.slice(0, start) + space + text + value.slice(end))
  field.focus()
  const at = start + space.length + text.length
  requestAnimationFrame(() => field.setSelectionRange(at, at))
}

function download(answer: Answer, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([toCSV(answer)], { type: 'text/csv' }))
  link.download = `${name}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
