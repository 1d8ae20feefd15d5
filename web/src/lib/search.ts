/** Search parameters are plain text, so that an address can be read and written by hand. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') params.set(key, value)
  }
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%40', '@')
  return text ? `?${text}` : ''
}
