import { useState } from 'react'

import { formatNumber } from '@lib/formatNumber'

import { Button } from './Button'

/** The first few of a long list, and the button that shows the rest. */
export function useShowAll<T>(items: T[], first: number, what: string): { shown: T[]; button: React.JSX.Element | null } {
  const [all, setAll] = useState(false)
  if (items.length <= first + 1) return { shown: items, button: null }
  return {
    shown: all ? items : items.slice(0, first),
    button: (
      <p>
        <Button look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show only the first ${first}` : `Show all ${formatNumber(items.length)} ${what}`}
        </Button>
      </p>
    ),
  }
}
