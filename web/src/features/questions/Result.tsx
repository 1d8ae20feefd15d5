import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'

import type { Answer } from '@api/types'
import { cx } from '@ui/cx'
import { Door } from '@ui/Door'

import { cellText, columnWidth, isNumeric } from './result'

const ROW = 28

/** An answer as a table of any length: only what is seen is drawn. */
export function Result({ of: a }: { of: Answer }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({ count: a.rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 20, initialRect: { width: 800, height: 480 } })
  const template = { gridTemplateColumns: a.columns.map((_, i) => `minmax(${columnWidth(a, i)}ch, ${columnWidth(a, i)}fr)`).join(' ') }
  return (
    // Scrolls, so it takes focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} className="result" role="region" aria-label="The answer" tabIndex={0}>
      <div role="table" aria-label="The answer" aria-rowcount={a.rows.length + 1} className="result-table">
        <div role="row" className="result-row result-head" style={template} aria-rowindex={1}>
          {a.columns.map((c, i) => (
            <span key={i} role="columnheader" className={cx(isNumeric(c.type) && 'result-number')} title={c.type}>
              {c.name}
            </span>
          ))}
        </div>
        <div role="rowgroup" className="result-body" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => (
            <div key={item.key} role="row" aria-rowindex={item.index + 2} className="result-row result-line" style={{ ...template, height: item.size, transform: `translateY(${item.start}px)` }}>
              {a.columns.map((c, i) => (
                <span key={i} role="cell" className={cx(isNumeric(c.type) && 'result-number')} dir="auto">
                  <Cell value={a.rows[item.index]?.[i]} column={c.name} />
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Columns whose values are ids that people can be asked for by. */
const groups = ['stage', 'segment', 'touchpoint'] as const

/** A person's id is a door to the person; a stage, segment or touchpoint to its people. */
function Cell({ value, column }: { value: unknown; column: string }): React.JSX.Element {
  const text = cellText(value)
  const group = groups.find((g) => g === column)
  if (text === '') return <span className="quiet">–</span>
  if (/^prs_[0-9a-z]{26}$/.test(text)) {
    return (
      <Link to="/people/$id" params={{ id: text }} className="door">
        {text}
      </Link>
    )
  }
  if (group && text !== '') {
    return (
      <Door who={{ [group]: text }} count={1} label={`in the column ${column}`}>
        {text}
      </Door>
    )
  }
  return <>{text}</>
}
