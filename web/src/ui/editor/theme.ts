import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The editor in the console's own tokens, so that it follows the theme by itself. */
export const look = [
  EditorView.theme({
    '&': { color: 'var(--ink)', backgroundColor: 'var(--raised)', font: 'var(--body)', border: '1px solid var(--line)', borderRadius: 'var(--radius)', maxHeight: 'var(--editor-height, none)' },
    '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-1px' },
    '.cm-scroller': { overflow: 'auto', minHeight: 'var(--editor-least, 0)', fontFamily: 'var(--mono)', fontSize: '0.8125rem', lineHeight: '1.25rem' },
    '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
    '.cm-cursor': { borderLeftColor: 'var(--ink)' },
    '.cm-gutters': { color: 'var(--ink-3)', backgroundColor: 'transparent', border: '0' },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in oklab, var(--ink) 4%, transparent)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'color-mix(in oklab, var(--focus) 24%, transparent)' },
    '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--sunken)', outline: '1px solid var(--line)' },
    '.cm-placeholder': { color: 'var(--ink-3)' },
    '.cm-tooltip': { color: 'var(--ink)', backgroundColor: 'var(--raised)', border: '0', borderRadius: 'var(--radius)', boxShadow: 'var(--shadow)', font: 'var(--small)', maxWidth: '420px' },
    '.cm-tooltip > *': { padding: '4px 8px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '0.75rem', padding: '4px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 8px', borderRadius: '3px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--ink)', backgroundColor: 'var(--sunken)' },
    '.cm-completionDetail': { color: 'var(--ink-3)', fontStyle: 'normal' },
    '.cm-completionInfo': { padding: '8px 12px', maxWidth: '320px' },
    '.cm-diagnostic': { borderLeftWidth: '2px', padding: '4px 12px' },
    '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
    '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad) 1px', textUnderlineOffset: '3px' },
    '.cm-lint-marker-error': { content: '"●"', color: 'var(--bad)', width: '1em', height: '1.25rem' },
    '.cm-panels': { color: 'var(--ink)', backgroundColor: 'var(--sunken)', borderColor: 'var(--hairline)' },
    '.cm-textfield': { color: 'var(--ink)', backgroundColor: 'var(--raised)', border: '1px solid var(--line)' },
    '.cm-button': { color: 'var(--ink)', backgroundImage: 'none', backgroundColor: 'var(--raised)', border: '1px solid var(--line)' },
    '.cm-changedLine, &.cm-merge-b .cm-changedLine, .cm-insertedLine': { backgroundColor: 'color-mix(in oklab, var(--ink) 5%, transparent)' },
    '.cm-changedText, &.cm-merge-b .cm-changedText': { background: 'color-mix(in oklab, var(--ink) 10%, transparent)', textDecoration: 'none' },
    '.cm-deletedChunk': { color: 'var(--ink-2)', backgroundColor: 'transparent', textDecoration: 'line-through' },
    '.cm-deletedChunk .cm-deletedText, &.cm-merge-b .cm-deletedText': { background: 'color-mix(in oklab, var(--ink) 6%, transparent)', textDecoration: 'line-through' },
    '.cm-changeGutter': { width: '3px' },
    '.cm-changedLineGutter': { background: 'var(--ink)' },
    '.cm-deletedLineGutter': { background: 'var(--line)' },
    '.cm-collapsedLines': { color: 'var(--ink-3)', background: 'var(--sunken)', font: 'var(--small)' },
  }),
  syntaxHighlighting(
    HighlightStyle.define([
      // Colour has a meaning in this console, so a text is told apart by weight and by ink.
      { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.keyword, tags.operatorKeyword], fontWeight: '600' },
      { tag: [tags.string, tags.content, tags.number, tags.bool, tags.null], color: 'var(--ink)' },
      { tag: [tags.comment, tags.meta, tags.punctuation, tags.separator, tags.bracket], color: 'var(--ink-2)' },
    ]),
  ),
]
