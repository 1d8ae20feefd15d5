import { formatUnits } from './formatMoney'

const NBSP = '\u00a0'
const units = 'people|person|events?|hours?|days?|weeks?|months?|years?|times|points|January|February|March|April|May|June|July|August|September|October|November|December'

/**
 * Sets a sentence of the API as print would: money as everywhere in the
 * console, a real minus sign, and numbers that stay with what they count. What
 * stands in “quotation marks” is somebody's own name and is left alone.
 */
export function typeset(sentence: string): string {
  return sentence
    .split(/(“[^”]*”)/)
    .map((part, i) => (i % 2 === 1 ? part : plain(part)))
    .join('')
}

const plain = (text: string): string =>
  text
    .replace(/([+-]?)(\d[\d,]*\.\d\d) ([A-Z]{3})\b/g, (_, sign: string, amount: string, currency: string) => (sign === '+' ? '+' : '') + formatUnits(Number((sign === '-' ? '-' : '') + amount.replaceAll(',', '')), currency))
    .replace(/(^|[\s(])-(?=\d)/g, '$1\u2212')
    .replace(new RegExp(`(\\d) (?=%|(?:${units})\\b)`, 'g'), `$1${NBSP}`)
