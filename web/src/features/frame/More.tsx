import { useLocation, useNavigate } from '@tanstack/react-router'
import { DropdownMenu } from 'radix-ui'

import { cx } from '@ui/cx'

import { others } from './pages'

/** The pages that the bar has no room for; it bears the name of the one that is open. */
export function More(): React.JSX.Element {
  const navigate = useNavigate()
  const path = useLocation({ select: (l) => l.pathname })
  const here = others.find((p) => path === p.to || path.startsWith(`${p.to}/`))
  return (
    // Not modal: that would add a style element, which the content security policy refuses.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={cx('frame-link', here && 'frame-here')} aria-label={here ? `${here.name}, and more pages` : 'More pages'}>
        {here?.name ?? 'More'}
        <span aria-hidden="true" className="frame-more">
          ▾
        </span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          {others.map((page) => (
            <DropdownMenu.Item key={page.to} className="menu-item" onSelect={() => void navigate({ to: page.to })}>
              {page.name}
              <kbd>{page.keys}</kbd>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
