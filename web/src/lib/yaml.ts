import { stringify } from 'yaml'

/** As both versions of YAML read it: what either takes for a number or a truth is quoted. */
const asText = { version: '1.1', lineWidth: 0, singleQuote: false } as const

/** A scalar as it stands on a line of its own, behind its key. */
export function scalar(v: unknown): string {
  return multiline(v) ? JSON.stringify(v) : stringify(v, asText).trimEnd()
}

/** A scalar as it stands among others within braces or brackets, where some readers take any colon for a key's. */
export function scalarWithin(v: unknown): string {
  return multiline(v) || (typeof v === 'string' && v.includes(':')) ? JSON.stringify(v) : stringify([v], { ...asText, collectionStyle: 'flow' }).trim().slice(1, -1).trim()
}

/** JSON's strings are YAML's, and stay on one line. */
const multiline = (v: unknown): boolean => typeof v === 'string' && /[\n\r]/.test(v)
