import { addStep, dropStep, putStep, stepLines } from './emit'

const source = `id: plan
steps:
  - say: Hello.   # friendly
  - id: which
    ask: Which one?
    options:
      - {id: a}
  - end: done
`
const which = { line: 4, end_line: 7 }

test('only the lines of the step that is edited change', () => {
  const next = putStep(source, which, { options: [{ label: 'A, or so', id: 'a' }, { id: 'b' }], ask: 'Which: this or that?', id: 'which' })
  expect(next).toBe(`id: plan
steps:
  - say: Hello.   # friendly
  - id: which
    ask: "Which: this or that?"
    options:
      - {id: a, label: "A, or so"}
      - {id: b}
  - end: done
`)
})

test('a step is added below another, and taken out', () => {
  const more = addStep(source, which, { say: 'More.' })
  expect(more).toContain('      - {id: a}\n  - say: More.\n  - end: done')
  expect(dropStep(more, { line: 8, end_line: 8 })).toBe(source)
})

test('what YAML would read otherwise is quoted', () => {
  expect(stepLines({ say: '{{ first_name }}: yes' }, '')).toEqual(['- say: "{{ first_name }}: yes"'])
  expect(stepLines({ id: 'x', say: 'no', tries: 3 }, '  ')).toEqual(['  - id: x', '    say: "no"', '    tries: 3'])
  expect(stepLines({ ask: 'One\nTwo', with: { plan: '{{ answers.plan }}' } }, '')).toEqual(['- ask: "One\\nTwo"', '  with: {plan: "{{ answers.plan }}"}'])
})
