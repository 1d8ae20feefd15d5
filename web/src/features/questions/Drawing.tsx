import { useMemo, useRef } from 'react'

import type { Answer } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { useWidth } from '@lib/useWidth'
import { Columns } from '@ui/chart/Columns'
import { Keys } from '@ui/chart/Keys'
import { Lines } from '@ui/chart/Lines'
import { Rows } from '@ui/chart/Rows'

import { pictureOf } from './chart'
import type { Chart, Picture } from './chart'
import { cellText } from './result'

const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 })
const format = (y: number): string => (Math.abs(y) < 1000 && !Number.isInteger(y) ? plain.format(y) : formatNumber(y))

/** An answer as a picture. The table that follows says the same in numbers. */
export function Drawing({ of: answer, chart, name }: { of: Answer; chart: Chart; name: string }): React.JSX.Element | null {
  const picture = useMemo(() => pictureOf(answer, chart), [answer, chart])
  if (chart.kind === 'table' || answer.rows.length === 0) return null
  if (chart.kind === 'number') return <Numbers of={answer} chart={chart} />
  if (typeof picture === 'string') return <p className="quiet">{picture}</p>
  return <Drawn of={picture} kind={chart.kind} words={`${name || 'The answer'} as a picture: ${chart.y?.join(', ')} by ${chart.x}. The table below holds the numbers.`} />
}

function Drawn({ of: p, kind, words }: { of: Picture; kind: Chart['kind']; words: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  return (
    <figure className="drawing">
      {p.series.length > 1 && (p.axis === 'name' || kind === 'bar') && <Keys of={p.series.map((s) => s.name)} />}
      <div ref={box} role="img" aria-label={words}>
        {width > 0 && <Shape of={p} kind={kind} width={width} />}
      </div>
      {p.notes.length > 0 && <figcaption className="small quiet">{p.notes.join(' ')}</figcaption>}
    </figure>
  )
}

function Shape({ of: p, kind, width }: { of: Picture; kind: Chart['kind']; width: number }): React.JSX.Element {
  if (p.axis === 'name') return <Rows series={p.series} names={p.names} format={format} />
  if (kind === 'bar') return <Columns series={p.series} width={width} format={format} />
  return <Lines series={p.series} width={width} time={p.axis === 'time'} format={format} />
}

/** The first row, each number with what it is. */
function Numbers({ of: a, chart }: { of: Answer; chart: Chart }): React.JSX.Element {
  const wanted = a.columns.map((c, i) => ({ name: c.name, value: a.rows[0]?.[i] })).filter((c) => !chart.y?.length || chart.y.includes(c.name))
  return (
    <dl className="numbers">
      {wanted.map((c) => (
        <div key={c.name}>
          <dd>{Number.isFinite(Number(c.value)) && c.value !== null ? format(Number(c.value)) : (cellText(c.value) || '–')}</dd>
          <dt className="small quiet">{c.name}</dt>
        </div>
      ))}
    </dl>
  )
}
