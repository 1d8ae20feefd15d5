const MICROS = 1_000_000

/** An amount in millionths. Without a currency it is a plain number. */
export const formatMoney = (micros: number, currency: string): string => formatUnits(micros / MICROS, currency)

/** An amount in whole units, for instance a mean. */
export function formatUnits(amount: number, currency: string): string {
  const small = Math.abs(amount) < 1000
  const digits = { minimumFractionDigits: small ? 2 : 0, maximumFractionDigits: small ? 2 : 0 }
  const text = isCurrency(currency)
    ? new Intl.NumberFormat('en', { style: 'currency', currency, ...digits }).format(amount)
    : new Intl.NumberFormat('en', digits).format(amount)
  return text.replace('-', '\u2212')
}

/** A difference, always with its sign. */
export const formatDifference = (amount: number, currency: string): string => (amount > 0 ? '+' : '') + formatUnits(amount, currency)

const isCurrency = (code: string): boolean => /^[A-Z]{3}$/.test(code)
