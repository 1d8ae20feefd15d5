import type { Estimate as Value } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatPercent } from '@lib/formatPercent'
import { typeset } from '@lib/typeset'

import { Tip } from './Tip'
import { cx } from './cx'
import './Estimate.css'

interface Props {
  of: Value
  /** How the value is written. Defaults to a percentage. */
  format?: (value: number) => string
  /** The ends of the bar. Defaults to 0 and 1. */
  domain?: readonly [number, number]
  /** A value to compare with, drawn as a mark, and what it is. */
  against?: { value: number; name: string } | undefined
  /** Leaves the bar out where there is no room. */
  bare?: boolean
}

/**
 * The one way to show an estimate: its value, its interval as a thin bar, and
 * both in words on hover and focus. Without enough evidence it shows no number.
 */
export function Estimate({ of, format = formatPercent, domain = [0, 1], against, bare = false }: Props): React.JSX.Element {
  const words = sentence(of, format, against)
  return (
    <Tip words={words}>
      {/* A number that explains itself on focus, though it does nothing on a click. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <span className={cx('estimate', !of.enough && 'estimate-thin')} tabIndex={0} role="img" aria-label={words}>
        <span className="estimate-value">{of.enough ? format(of.value) : 'not enough evidence'}</span>
        {!bare && of.enough && <Bar of={of} domain={domain} against={against?.value} />}
      </span>
    </Tip>
  )
}

export function sentence(of: Value, format: (value: number) => string, against?: { value: number; name: string }): string {
  if (!of.enough) return `Not enough evidence: ${typeset(of.note ?? `it rests on ${formatNumber(of.people)} people.`)}`
  const base = `${format(of.value)}, between ${format(of.low)} and ${format(of.high)}${of.people > 0 ? `, from ${plural(of.people, 'person', 'people')}` : ''}`
  return against ? `${base}; ${against.name} ${format(against.value)}.` : `${base}.`
}

function Bar({ of, domain, against }: { of: Value; domain: readonly [number, number]; against: number | undefined }): React.JSX.Element {
  const at = (v: number): number => (100 * (Math.max(domain[0], Math.min(domain[1], v)) - domain[0])) / (domain[1] - domain[0])
  return (
    <svg className="estimate-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
      <rect className="estimate-track" x="0" y="5.500" width="100" height="1" />
      <rect className="estimate-interval" x={at(of.low)} y="4" width={Math.max(1, at(of.high) - at(of.low))} height="4" />
      <rect className="estimate-mark" x={Math.min(98, Math.max(0, at(of.value) - 1))} y="1" width="2" height="10" />
      {against !== undefined && <rect className="estimate-against" x={Math.min(99, at(against))} y="0" width="1" height="12" />}
    </svg>
  )
}
