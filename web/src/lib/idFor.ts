/** The id that something of that name gets, unlike those that are taken. */
export function idFor(name: string, taken: string[]): string {
  const words = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 56)
  const base = words === '' ? 'touchpoint' : words.replace(/-+$/, '')
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`
    if (!taken.includes(id)) return id
  }
}
