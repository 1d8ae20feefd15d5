import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Text } from '@codemirror/state'

import { tablesQuery } from '@api/questions'
import { Editor } from '@ui/editor/Editor'
import type { EditorHandle } from '@ui/editor/Editor'
import { diagnosticOf } from '@ui/editor/problem'

import { placeOf } from './errorPlace'

interface Props {
  value: string
  onChange: (value: string) => void
  onEnter: () => void
  /** What the database said of the question as it is written, if that is wrong. */
  complaint: string
  handle: React.RefObject<EditorHandle | null>
}

/** SQL with the tables that can be asked behind it. DuckDB's words are nearest to PostgreSQL's. */
export function SqlEditor({ complaint, ...rest }: Props): React.JSX.Element {
  const { data } = useQuery(tablesQuery)
  const extensions = useMemo(() => [sql({ dialect: PostgreSQL, upperCaseKeywords: true, schema: Object.fromEntries((data?.tables ?? []).map((t) => [t.name, t.columns.map((c) => c.name)])) })], [data])
  const diagnostics = useCallback((doc: Text) => (complaint ? [diagnosticOf(doc, { ...placeOf(complaint), what: complaint.split('\n')[0] ?? '', mend: '' })] : []), [complaint])
  return <Editor {...rest} className="ask-editor" label="Question in SQL" hint="SELECT kind, count(*) AS times FROM events GROUP BY kind ORDER BY times DESC" extensions={extensions} diagnostics={diagnostics} />
}
