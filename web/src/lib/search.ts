/** Search parameters are plain text, so that an address can be read and written by hand. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    if ((typeof value === 'string' && value !== '') || Number.isFinite(value)) params.set(key, String(value))
  }
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%40', '@')
  return text ? `?${text}` : ''
}

/** The parameters of these names that say something. */
export function textOf<K extends string>(search: Record<string, unknown>, keys: readonly K[]): Partial<Record<K, string>> {
  return Object.fromEntries(keys.map((key) => [key, search[key]]).filter(([, value]) => typeof value === 'string' && value !== '')) as Partial<Record<K, string>>
}
