import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { Text } from '@codemirror/state'

import { schemaQuery } from '@api/definitions'
import type { SourceProblem } from '@api/types'
import { Editor } from '@ui/editor/Editor'
import { diagnosticOf } from '@ui/editor/problem'

import { yamlBy } from './completion'

interface Props {
  value: string
  onChange?: (value: string) => void
  label: string
  problems?: SourceProblem[]
  against?: string
  at?: { line: number; column: number } | undefined
  onEnter?: () => void
}

const none: SourceProblem[] = []

/** YAML with the schema of definitions behind it. It is loaded when it is first needed. */
export function DefinitionEditor({ problems = none, ...rest }: Props): React.JSX.Element {
  const { data } = useQuery(schemaQuery)
  const extensions = useMemo(() => [yamlBy(data ?? {})], [data])
  const diagnostics = useCallback((doc: Text) => problems.map((p) => diagnosticOf(doc, p)), [problems])
  return <Editor {...rest} className="definitions-editor" extensions={extensions} diagnostics={diagnostics} />
}
