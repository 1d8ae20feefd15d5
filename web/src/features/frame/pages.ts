/** The pages that the bar and the palette lead to, with the keys that do. */
export const pages = [
  { to: '/map', name: 'Map', keys: 'g m' },
  { to: '/people', name: 'People', keys: 'g p' },
  { to: '/segments', name: 'Segments', keys: 'g s' },
  { to: '/goals', name: 'Goals', keys: 'g o' },
] as const
