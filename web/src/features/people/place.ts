const KEY = 'rapport-place '

/** Where a list was scrolled to in this tab, in pixels. */
export const placeOf = (name: string): number => Number(sessionStorage.getItem(KEY + name) ?? 0)

export const keepPlace = (name: string, offset: number): void => sessionStorage.setItem(KEY + name, String(Math.round(offset)))
