import { flexRender, getCoreRowModel, getSortedRowModel, useReactTable } from '@tanstack/react-table'
import type { ColumnDef, SortingState } from '@tanstack/react-table'
import { useState } from 'react'

import { cx } from './cx'
import './DataTable.css'

interface Props<T> {
  rows: T[]
  // A column's value may be of any type, and the library's type for that is any.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  columns: ColumnDef<T, any>[]
  caption: string
  /** Ids of columns that hold numbers, which are set flush right. */
  numeric?: readonly string[]
  rowKey: (row: T, index: number) => string
}

const symbols = { asc: '↑', desc: '↓' }
const ariaSort = { asc: 'ascending', desc: 'descending' } as const

/** A table that sorts by its headings. The caption is heard, not seen. */
export function DataTable<T>({ rows, columns, caption, numeric = [], rowKey }: Props<T>): React.JSX.Element {
  const [sorting, setSorting] = useState<SortingState>([])
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    getRowId: rowKey,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  })
  return (
    <div className="table-scroll">
      <table className="table">
        <caption className="hidden">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted()
                return (
                  <th key={header.id} scope="col" className={cx(numeric.includes(header.column.id) && 'number')} aria-sort={sorted ? ariaSort[sorted] : undefined}>
                    {header.column.getCanSort() ? (
                      <button type="button" onClick={header.column.getToggleSortingHandler()}>
                        {flexRender(header.column.columnDef.header, header.getContext())}
                        <span aria-hidden="true">{sorted ? ` ${symbols[sorted]}` : ''}</span>
                      </button>
                    ) : (
                      flexRender(header.column.columnDef.header, header.getContext())
                    )}
                  </th>
                )
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} className={cx(numeric.includes(cell.column.id) && 'number')}>
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
