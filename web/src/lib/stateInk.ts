/** Of whom nothing is believed. */
export const NOBODY = 'none'

/** The ink of a state: the more active, the darker; who has left is hardly there. */
export function stateInk(id: string, states: { id: string }[]): string {
  const live = states.filter((s) => s.id !== 'gone')
  const at = live.findIndex((s) => s.id === id)
  return at < 0 ? 'var(--hairline)' : `color-mix(in oklab, var(--ink) ${Math.round(34 + (50 * at) / Math.max(1, live.length - 1))}%, var(--paper))`
}

/** What a state is called. */
export const stateName = (id: string, states: { id: string; name: string }[]): string => (id === NOBODY ? 'not met yet' : (states.find((s) => s.id === id)?.name ?? id))
