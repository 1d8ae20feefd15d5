import { parse } from 'yaml'

import { scalar, scalarWithin } from './yaml'

const texts = ['Order Completed', 'a, b', 'x: y', '#1', 'true', 'no', 'Off', '2024-01-01', '', '  lead', 'two\nlines', '{{ x }}', '12', '1e3', '12:30:00', '~', 'a]b', "it's", '"q"', 'é ü', '- a', 'a # b', 'long '.repeat(40)]

test.each(texts)('%j is read as it was written, by either version of YAML', (text) => {
  for (const version of ['1.1', '1.2'] as const) {
    expect(parse(`k: ${scalar(text)}`, { version })).toEqual({ k: text })
    expect(parse(`{k: ${scalarWithin(text)}, l: [${scalarWithin(text)}]}`, { version })).toEqual({ k: text, l: [text] })
  }
  expect(scalar(text)).not.toMatch(/\n/)
})

test('what needs no quotes has none', () => {
  expect(scalar('Hello, {{ name }}')).toBe('Hello, {{ name }}')
  expect(scalarWithin('Order Completed')).toBe('Order Completed')
  expect(scalarWithin(3)).toBe('3')
})
