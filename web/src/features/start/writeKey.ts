const name = 'rapport.start.key'

/** The write key that the first hour made. It is shown once by the server, and this tab remembers it until it is shut. */
export const keptKey = (): string => sessionStorage.getItem(name) ?? ''

export const keepKey = (key: string): void => sessionStorage.setItem(name, key)
