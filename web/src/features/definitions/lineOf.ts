/** The line, from 1, at which a text defines what an address names, such as "goals/second-order" or "map"; 0 where it does not. */
export function lineOf(yaml: string, what: string): number {
  const [key = '', id = ''] = what.split('/')
  if (key === '') return 0
  const lines = yaml.split('\n')
  const own = (name: string): RegExp => new RegExp(`^\\s*${escape(name)}\\s*:`)
  const from = lines.findIndex((l) => own(key).test(l))
  if (from < 0 || id === '') return from + 1
  const called = new RegExp(`(^\\s*-?\\s*|[{,]\\s*)id:\\s*["']?${escape(id)}["']?\\s*([,}#]|$)`)
  const at = lines.findIndex((l, i) => i >= from && called.test(l))
  return at < 0 ? from + 1 : at + 1
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
