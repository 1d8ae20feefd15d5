import { Tooltip } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'

import './Tip.css'

/** Words for a thing on hover and on focus. The child must take focus and a ref. */
export function Tip({ words, children, side = 'top' }: { words: ReactNode; children: ReactElement; side?: 'top' | 'bottom' | 'left' | 'right' }): React.JSX.Element {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tip" side={side} sideOffset={6} collisionPadding={12}>
          {words}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

export const TipProvider = ({ children }: { children: ReactNode }): React.JSX.Element => <Tooltip.Provider delayDuration={250}>{children}</Tooltip.Provider>
