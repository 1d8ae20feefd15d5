import { Link } from '@tanstack/react-router'

import type { EffectsBy } from '@api/decisions'
import type { EffectCell } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { Door } from '@ui/Door'
import { Estimate } from '@ui/Estimate'

import { ActionName } from '@ui/ActionName'
import { TableScroll } from '@ui/TableScroll'

interface Props {
  cells: EffectCell[]
  by: EffectsBy
  parts: { id: string; name: string }[]
  currency: string
}

/** The effect of each action in each part of the people. The ground is tinted only where an effect was found. */
export function HeatMap({ cells, by, parts, currency }: Props): React.JSX.Element {
  const columns = parts.filter((p) => cells.some((c) => c.part === p.id))
  const rows = [...new Map(cells.map((c) => [`${c.goal}/${c.action}`, c])).values()]
  const far = Math.max(0.01, ...cells.filter((c) => c.enough).flatMap((c) => [Math.abs(c.low ?? 0), Math.abs(c.high ?? 0)]))
  return (
    <TableScroll name="What works for whom">
      <table className="table table-named heat">
        <caption className="hidden">The effect of each action, by {by}, against silence, in {currency} a decision</caption>
        <thead>
          <tr>
            <th scope="col">Action</th>
            {columns.map((p) => (
              <th key={p.id} scope="col">
                {p.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.goal}/${row.action}`}>
              <th scope="row">
                <Link to="/decisions" search={{ goal: row.goal, action: row.action }} className="door">
                  <ActionName goal={row.goal} action={row.action} />
                </Link>
              </th>
              {columns.map((p) => {
                const cell = cells.find((c) => c.goal === row.goal && c.action === row.action && c.part === p.id)
                return (
                  <td key={p.id} style={cell?.found ? { background: `color-mix(in oklab, var(${cell.effect > 0 ? '--good' : '--bad'}) ${Math.round(8 + (14 * Math.abs(cell.effect)) / far)}%, var(--paper))` } : undefined}>
                    {cell ? <Cell of={cell} by={by} far={far} currency={currency} /> : <span className="quiet">–</span>}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  )
}

function Cell({ of: c, by, far, currency }: { of: EffectCell; by: EffectsBy; far: number; currency: string }): React.JSX.Element {
  return (
    <>
      <Estimate
        of={{ value: c.effect, low: c.low ?? c.effect, high: c.high ?? c.effect, people: 0, enough: c.enough && c.low !== null, ...(c.missing ? { note: c.missing } : {}) }}
        format={(v) => formatDifference(v, currency)}
        domain={[-far, far]}
        against={{ value: 0, name: 'no effect is' }}
      />
      <span className="small quiet heat-under">
        <Door who={{ goal: c.goal, action: c.action, [by]: c.part }} count={c.people.length} label={`people whom it was done to and who are in it now`}>
          {`${formatNumber(c.decisions)} times`}
        </Door>
        , silence {formatNumber(c.silences)}
      </span>
    </>
  )
}
