const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** 12345 → 12,345. */
export const formatNumber = (n: number): string => whole.format(n)

/** 12345 → 12.3K, for where there is no room. */
export const formatShort = (n: number): string => (n < 10_000 ? whole.format(n) : short.format(n))

/** 1 person, 2 people, with a space that does not break. */
export const plural = (n: number, one: string, many: string): string => `${whole.format(n)}\u00a0${n === 1 ? one : many}`
