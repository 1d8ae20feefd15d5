import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'

import { behindDialog } from './behindDialog'
import './Panel.css'

interface Props {
  title: ReactNode
  /** A sentence under the title. */
  words?: ReactNode
  onClose: () => void
  children: ReactNode
  foot?: ReactNode
}

// The shades are plain elements: Radix's own adds a style element to lock
// scrolling, which the server's content security policy refuses.

/** A sheet at the right edge. Escape shuts it, and focus returns to where it was. */
export function Panel({ title, words, onClose, children, foot }: Props): React.JSX.Element {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className="shade shade-clear" />
        <Dialog.Content className="panel" tabIndex={-1} {...behindDialog} onOpenAutoFocus={focusWhole} {...(words ? {} : { 'aria-describedby': undefined })}>
          <header className="panel-head">
            <Dialog.Title className="panel-title">{title}</Dialog.Title>
            <Dialog.Close className="panel-close" aria-label="Close">
              ✕
            </Dialog.Close>
            {words && <Dialog.Description className="panel-words">{words}</Dialog.Description>}
          </header>
          <div className="panel-body">{children}</div>
          {foot && <footer className="panel-foot">{foot}</footer>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Not the button that shuts it, which would be the first thing heard. */
function focusWhole(event: Event): void {
  behindDialog.onOpenAutoFocus(event)
  event.preventDefault()
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus()
}

/** A question in the middle of the page. */
export function Modal({ title, words, onClose, children }: Omit<Props, 'foot'>): React.JSX.Element {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className="shade" />
        <Dialog.Content className="modal" {...behindDialog} {...(words ? {} : { 'aria-describedby': undefined })}>
          <Dialog.Title className="panel-title">{title}</Dialog.Title>
          {words && <Dialog.Description className="panel-words">{words}</Dialog.Description>}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
