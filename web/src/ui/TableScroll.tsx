import type { ReactNode } from 'react'

import './DataTable.css'

/** Room for a table that may be wider than the page: it scrolls by itself, by keyboard too. */
export function TableScroll({ name, children }: { name: string; children: ReactNode }): React.JSX.Element {
  return (
    // The scrolling region takes focus so that it scrolls by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-scroll" tabIndex={0} role="region" aria-label={name}>
      {children}
    </div>
  )
}
