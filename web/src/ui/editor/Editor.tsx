import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import type { Diagnostic } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, Prec } from '@codemirror/state'
import type { Extension, Text } from '@codemirror/state'
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'

import { look } from './theme'

export interface EditorHandle {
  /** Writes text where the cursor is, and leaves the cursor behind it. */
  insert: (text: string) => void
}

export interface EditorProps {
  value: string
  /** Absent: it is to be read only. */
  onChange?: (value: string) => void
  label: string
  /** Language, completion and the like. Others are put in their place when they change. */
  extensions: Extension[]
  /** Shown where the text differs from this; read once. */
  against?: string
  /** What is wrong, at its place in the text. */
  diagnostics?: (doc: Text) => Diagnostic[]
  /** Puts the cursor at this line, from 1, and into view. A new object does so again. */
  at?: { line: number; column: number } | undefined
  /** What Control and Enter do. */
  onEnter?: () => void
  hint?: string
  handle?: RefObject<EditorHandle | null>
  className?: string
}

/**
 * A text editor. It stands in a shadow tree, since there its style is a
 * constructed sheet: as an element the server's content security policy would
 * refuse it. Tab leaves the editor, as it leaves any field.
 */
export function Editor({ value, onChange, label, extensions, against, diagnostics, at, onEnter, hint, handle, className }: EditorProps): React.JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView>(null)
  /** Texts that were handed up and have not come back as the value yet. */
  const handed = useRef<string[]>([])
  const latest = useRef({ onChange, onEnter })
  useEffect(() => {
    latest.current = { onChange, onEnter }
  })
  const languages = useRef(new Compartment())
  const first = useRef({ value, label, extensions, against, hint, readOnly: onChange === undefined })

  useLayoutEffect(() => {
    if (!host.current) return undefined
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' })
    const { value: doc, label: name, extensions: own, against: original, hint: words, readOnly } = first.current
    const view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          highlightSelectionMatches(),
          readOnly ? [EditorState.readOnly.of(true)] : [highlightActiveLine(), lintGutter()],
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (latest.current.onEnter ? (latest.current.onEnter(), true) : false) }])),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0', autocapitalize: 'off', spellcheck: 'false' }),
          words ? placeholder(words) : [],
          original === undefined ? [] : unifiedMergeView({ original, mergeControls: false, gutter: true, collapseUnchanged: { margin: 3, minSize: 6 } }),
          look,
          languages.current.of(own),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || !latest.current.onChange) return
            const text = update.state.doc.toString()
            handed.current.push(text)
            latest.current.onChange(text)
          }),
        ],
      }),
    })
    editor.current = view
    return () => {
      editor.current = null
      view.destroy()
    }
  }, [])

  useEffect(() => {
    if (extensions !== first.current.extensions) editor.current?.dispatch({ effects: languages.current.reconfigure(extensions) })
  }, [extensions])

  useEffect(() => {
    const view = editor.current
    // What was written here comes back late, while more is being written: it must not undo that.
    const own = handed.current.lastIndexOf(value)
    handed.current = handed.current.slice(own + 1)
    if (view && own < 0 && view.state.doc.toString() !== value) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } })
  }, [value])

  useImperativeHandle(handle, () => ({
    insert: (text) => {
      const view = editor.current
      if (!view) return
      const { from, to } = view.state.selection.main
      const space = /\w/.test(view.state.sliceDoc(Math.max(0, from - 1), from)) ? ' ' : ''
      view.dispatch({ changes: { from, to, insert: space + text }, selection: { anchor: from + space.length + text.length } })
      view.focus()
    },
  }))

  useEffect(() => {
    const view = editor.current
    if (view && diagnostics) view.dispatch(setDiagnostics(view.state, diagnostics(view.state.doc)))
  }, [diagnostics])

  useEffect(() => {
    const view = editor.current
    if (!view || !at) return
    const line = view.state.doc.line(Math.max(1, Math.min(view.state.doc.lines, at.line)))
    const place = Math.min(line.to, line.from + Math.max(0, at.column - 1))
    view.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center' }) })
    view.focus()
  }, [at])

  return <div ref={host} className={className} />
}
