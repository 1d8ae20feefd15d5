const page = (): HTMLElement | null => document.getElementById('root')

/** What had the focus before each dialog that is open. */
const openers = new WeakMap<EventTarget, Element | null>()

/**
 * Handlers of a dialog's content. They make the page behind it inert, so that
 * neither keys nor screen readers get there, and give the focus back to what
 * opened it: our dialogs are opened by addresses and keys, and Radix would only
 * give it back to a trigger of its own.
 */
export const behindDialog = {
  onOpenAutoFocus: (event: Event): void => {
    if (event.currentTarget) openers.set(event.currentTarget, document.activeElement)
    page()?.setAttribute('inert', '')
  },
  onCloseAutoFocus: (event: Event): void => {
    event.preventDefault()
    if (!document.querySelector('[role="dialog"]')) page()?.removeAttribute('inert')
    const opener = event.currentTarget && openers.get(event.currentTarget)
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true })
  },
}
