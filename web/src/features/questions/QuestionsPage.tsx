import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useRef, useState } from 'react'

import { ApiError } from '@api/client'
import { answerQuery, questionsQuery } from '@api/questions'
import type { Answer } from '@api/types'
import { Button } from '@ui/Button'
import type { EditorHandle } from '@ui/editor/Editor'
import { Empty, Skeleton } from '@ui/States'

import { chartOf, chartSearch, suggest } from './chart'
import { ChartControls } from './ChartControls'
import { Drawing } from './Drawing'
import { Keep } from './Keep'
import { KeptList } from './KeptList'
import { Result } from './Result'
import { answerWords, freshness, toCSV } from './result'
import { Tables } from './Tables'
import './QuestionsPage.css'

const SqlEditor = lazy(() => import('./SqlEditor').then((m) => ({ default: m.SqlEditor })))

export function QuestionsPage(): React.JSX.Element {
  const search = useSearch({ from: '/questions' })
  const { sql = '', kept = '' } = search
  const { data, error, isFetching, refetch } = useQuery(answerQuery(sql))
  const navigate = useNavigate({ from: '/questions' })
  const [draft, setDraft] = useState(sql)
  const [asked, setAsked] = useState(sql)
  const editor = useRef<EditorHandle>(null)
  const { data: list } = useQuery(questionsQuery)
  const from = list?.questions.find((q) => q.id === kept && q.sql === sql)
  const chart = useMemo(() => chartOf(search) ?? from?.chart ?? (data ? suggest(data) : { kind: 'table' as const }), [search, from, data])
  if (asked !== sql) {
    setAsked(sql)
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
            <Suspense fallback={<Skeleton rows={5} height={32} what="the editor" />}>
              <SqlEditor handle={editor} value={draft} onChange={setDraft} onEnter={ask} complaint={draft === sql && error instanceof ApiError && error.status === 422 ? error.message : ''} />
            </Suspense>
            <p className="ask-buttons">
              <Button look="main" type="submit" disabled={draft.trim() === '' || isFetching}>
                {isFetching ? 'Asking' : 'Ask'}
              </Button>
              <span className="small quiet">Control and Enter ask too.</span>
            </p>
          </form>
          {data && data.columns.length > 0 && data.rows.length > 0 && (
            <>
              <ChartControls of={data} chart={chart} onChange={(next) => void navigate({ search: (old) => ({ ...old, ...chartSearch(next) }), replace: true, resetScroll: false })} />
              <Drawing of={data} chart={chart} name={from?.name ?? ''} />
            </>
          )}
          {data && data.columns.length > 0 && <Result key={sql} of={data} />}
          {data && (
            <div className="ask-after">
              <Keep key={kept} sql={sql} kept={kept} chart={chart} />
              <Button onClick={() => download(data, kept || 'answer')}>Download as CSV</Button>
            </div>
          )}
          {error && !isFetching && <Unanswered error={error} />}
          {!data && isFetching && <Skeleton rows={8} height={28} what="the answer" />}
          {sql === '' && <Empty title="The answer will stand here">Take a question that is ready to ask, or write one. The tables and their columns are listed beside it; a click writes a name into the question.</Empty>}
        </div>
        <aside className="ask-aside" aria-label="Questions and tables">
          <KeptList here={kept} />
          <Tables onInsert={(text) => editor.current?.insert(text)} />
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

function download(answer: Answer, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([toCSV(answer)], { type: 'text/csv' }))
  link.download = `${name}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
