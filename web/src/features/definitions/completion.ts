import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { yaml, yamlLanguage } from '@codemirror/lang-yaml'
import type { Extension } from '@codemirror/state'
import { hoverTooltip } from '@codemirror/view'

import { placeOf } from './place'
import { aboutAt, keysAt, valuesAt } from './schema'
import type { Schema } from './schema'

/** YAML that is completed and explained by a JSON Schema. */
export function yamlBy(root: Schema): Extension {
  return [yaml(), yamlLanguage.data.of({ autocomplete: (context: CompletionContext) => complete(root, context) }), hoverTooltip((view, pos) => {
    const line = view.state.doc.lineAt(pos)
    const colon = /^[\w-]*\s*:/.exec(line.text.slice(wordStart(line.text, pos - line.from)))
    if (!colon) return null
    const from = line.from + wordStart(line.text, pos - line.from)
    const end = from + colon[0].length
    const place = placeOf(view.state.doc.toString().split('\n'), line.number - 1, end - line.from)
    const about = place && aboutAt(root, place.path)
    if (!about) return null
    return {
      pos: from,
      end: end - 1,
      create: () => {
        const dom = document.createElement('div')
        dom.textContent = about
        return { dom }
      },
    }
  })]
}

function wordStart(text: string, at: number): number {
  let start = at
  while (start > 0 && /[\w-]/.test(text[start - 1] ?? '')) start--
  return start
}

function complete(root: Schema, context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos)
  const place = placeOf(context.state.doc.toString().split('\n'), line.number - 1, context.pos - line.from)
  if (!place || (place.typed === '' && !context.explicit && place.at === 'key' && line.text.trim() !== '-')) return null
  const from = context.pos - place.typed.length
  if (place.at === 'value') {
    const values = valuesAt(root, place.path)
    return values.length > 0 ? { from, options: values.map((label) => ({ label })), validFor: /^[\w-]*$/ } : null
  }
  const options = keysAt(root, place.path, place.taken).map((o) => ({ label: o.label, apply: `${o.label}: `, ...(o.about ? { info: o.about } : {}), ...(o.required ? { detail: 'required', boost: 1 } : {}) }))
  return options.length > 0 ? { from, options, validFor: /^[\w-]*$/ } : null
}
