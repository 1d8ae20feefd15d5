import { idFor } from '@lib/idFor'

/** A goal with one action and one message, as the first hour asks for it. */
export interface GoalDraft {
  name: string
  from: string
  to: string
  days: number
  event: string
  subject: string
  body: string
  label: string
  url: string
}

/**
 * The definitions with one more goal, before the others. All else stays as it is
 * written. Null where the text has no list of goals that lines can be added to.
 */
export function withGoal(yaml: string, g: GoalDraft): string | null {
  const lines = yaml.split('\n')
  const head = lines.findIndex((l) => /^goals\s*:/.test(l))
  const taken = [...yaml.matchAll(/^\s*-\s*(?:\{\s*)?id:\s*([\w-]+)/gm)].map((m) => m[1] ?? '')
  if (head < 0) return `${yaml.replace(/\n*$/, '\n')}\ngoals:\n${goalLines('  ', g, taken).join('\n')}\n`
  if (!/^goals\s*:\s*(#.*)?$/.test(lines[head] ?? '')) return null
  const first = lines.slice(head + 1).find((l) => l.trim() !== '' && !l.trim().startsWith('#'))
  const indent = first && /^\s*-/.test(first) ? first.slice(0, first.indexOf('-')) : '  '
  return [...lines.slice(0, head + 1), ...goalLines(indent, g, taken), '', ...lines.slice(head + 1)].join('\n')
}

function goalLines(indent: string, g: GoalDraft, taken: string[]): string[] {
  const id = idFor(g.name, taken)
  const said = JSON.stringify // JSON's strings are YAML's
  const body = g.body.split('\n').map((l) => (l.trim() === '' ? '' : `              ${l.trimEnd()}`))
  return [
    `- id: ${id}`,
    `  name: ${said(g.name)}`,
    `  from: [${g.from}]`,
    `  to: [${g.to}]`,
    `  kpi: {name: Revenue, events: ${said(g.event)}, of: revenue}`,
    `  horizon: ${g.days}d`,
    '  holdout: 10%',
    '  every: 7d',
    '  actions:',
    `    - id: ${id}-first`,
    `      name: ${said(g.subject)}`,
    '      kind: information',
    '      cool_down: 14d',
    '      messages:',
    `        - id: ${id}-email`,
    '          channel: email',
    '          appeal: logos',
    `          subject: ${said(g.subject)}`,
    '          body: |',
    ...body,
    `          next_step: {label: ${said(g.label)}, url: ${said(g.url)}}`,
  ].map((l) => (l === '' ? l : indent + l))
}
