import { yaml } from '@codemirror/lang-yaml'
import type { Text } from '@codemirror/state'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'

import { conversationQuery, draftQuery } from '@api/conversations'
import { useApply } from '@api/definitions'
import type { ConversationPage as Page, SourceProblem } from '@api/types'
import { plural } from '@lib/formatNumber'
import { useSettled } from '@lib/useSettled'
import { Button } from '@ui/Button'
import { Editor } from '@ui/editor/Editor'
import { diagnosticOf } from '@ui/editor/problem'
import { Refused } from '@ui/Refused'
import { Failed, Skeleton } from '@ui/States'

import { FlowView } from './FlowView'
import { Simulator } from './Simulator'
import { StepForm } from './StepForm'
import './Conversations.css'

const route = getRouteApi('/conversations/$id')

/** One conversation: drawn, written, tested and played; both ways of editing are the same text. */
export function ConversationPage(): React.JSX.Element {
  const { id } = route.useParams()
  const { data, error, refetch } = useQuery(conversationQuery(id))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${data?.name ?? id} · Rapport`}</title>
      {!data && (error ? <Failed error={error} what="The conversation" retry={() => void refetch()} /> : <Skeleton rows={8} height={48} what="the conversation" />)}
      {data && <Workbench key={data.id} page={data} />}
    </main>
  )
}

function Workbench({ page }: { page: Page }): React.JSX.Element {
  const [source, setSource] = useState(page.source)
  const [open, setOpen] = useState<string>()
  const settled = useSettled(source, 250)
  const changed = source !== page.source
  const { data: draft, error } = useQuery({ ...draftQuery(page.id, settled), enabled: settled !== page.source })
  const shown = settled === page.source || !draft ? page : draft
  // What is wrong is told of the draft; what is drawn is the last that could be read.
  const [drawn, setDrawn] = useState(page.steps)
  if (shown.steps.length > 0 && shown.steps !== drawn) setDrawn(shown.steps)
  const step = drawn.find((s) => s.id === open)
  const fresh = settled === source && shown.source === source
  const edit = (next: string): void => setSource(next)
  return (
    <>
      <div className="heading">
        <h1>
          <Link to="/conversations">Conversations</Link> · {shown.name}
        </h1>
        <p className="answer">{answer(shown, changed)}</p>
      </div>
      <Save page={page} draft={fresh && changed ? draft : undefined} changed={changed} onUndo={() => setSource(page.source)} />
      <Refused error={error} />
      <Problems problems={shown.problems} />
      <div className="bench">
        <div className="bench-flow">
          <FlowView steps={drawn} current={open} onOpen={setOpen} />
          {step ? <StepForm key={`${step.id} ${step.line} ${step.end_line}`} step={step} others={drawn.map((s) => s.id)} source={source} onChange={edit} /> : <p className="small quiet">Choose a step to edit it in a form, or write beside.</p>}
        </div>
        <Yaml source={source} problems={shown.problems} onChange={edit} at={step?.line} />
      </div>
      <Tests page={shown} />
      <Simulator id={page.id} source={changed && shown.problems.length === 0 ? settled : undefined} calls={shown.calls} slots={shown.slots} />
    </>
  )
}

function answer(page: Page, changed: boolean): string {
  const failed = page.tests.filter((t) => t.diff).length
  if (page.problems.length > 0) return `${plural(page.problems.length, 'problem keeps', 'problems keep')} the draft from being read.`
  const tests = page.tests.length === 0 ? 'no tests' : failed > 0 ? `${failed} of ${plural(page.tests.length, 'test', 'tests')} failing` : `${plural(page.tests.length, 'test that holds', 'tests that hold')}`
  return `${plural(page.steps.length, 'step', 'steps')}, ${tests}${changed ? ', not saved' : ''}.`
}

function Save({ page, draft, changed, onUndo }: { page: Page; draft: Page | undefined; changed: boolean; onUndo: () => void }): React.JSX.Element | null {
  const apply = useApply()
  if (!changed) return apply.isSuccess ? <p className="small quiet">In force. Who is in the conversation finishes the version they started.</p> : null
  const failing = draft?.tests.some((t) => t.diff) ?? false
  return (
    <div className="bench-save">
      <Button look="main" disabled={!draft?.definitions || apply.isPending} onClick={() => draft?.definitions && apply.mutate({ yaml: draft.definitions, base: draft.base, message: `edit the conversation ${page.id}` })}>
        {failing ? 'Save although tests fail' : 'Save'}
      </Button>
      <Button onClick={onUndo}>Undo all</Button>
      <Refused error={apply.error} />
    </div>
  )
}

function Problems({ problems }: { problems: SourceProblem[] }): React.JSX.Element | null {
  if (problems.length === 0) return null
  return (
    <ul className="bench-problems" aria-live="polite">
      {problems.slice(0, 8).map((p, i) => (
        <li key={i}>
          {p.line > 0 && !p.file && <span className="mono">{p.line} </span>}
          {p.what}
          {p.mend && <span className="quiet"> {p.mend}</span>}
        </li>
      ))}
    </ul>
  )
}

function Yaml({ source, problems, onChange, at }: { source: string; problems: SourceProblem[]; onChange: (s: string) => void; at: number | undefined }): React.JSX.Element {
  const extensions = useMemo(() => [yaml()], [])
  const diagnostics = useCallback((doc: Text) => problems.filter((p) => !p.file && p.line > 0).map((p) => diagnosticOf(doc, p)), [problems])
  const place = useMemo(() => (at ? { line: at, column: 1 } : undefined), [at])
  return <Editor value={source} onChange={onChange} label="The conversation as YAML" className="bench-yaml" extensions={extensions} diagnostics={diagnostics} at={place} />
}

function Tests({ page }: { page: Page }): React.JSX.Element | null {
  if (page.tests.length === 0) return null
  return (
    <section className="section" aria-labelledby="tests">
      <h2 id="tests">Tests</h2>
      <ul className="bench-tests">
        {page.tests.map((t) => (
          <li key={t.name}>
            <span className={t.diff ? 'test-fails' : 'test-holds'}>{t.diff ? 'Fails' : 'Holds'}</span> {t.name} <span className="small quiet">by {t.channel}</span>
            {t.diff && <pre className="small mono">{t.diff}</pre>}
          </li>
        ))}
      </ul>
    </section>
  )
}
