/** The pages that the bar leads to, and the palette, with the keys that do. */
export const pages = [
  { to: '/map', name: 'Map', keys: 'g m' },
  { to: '/people', name: 'People', keys: 'g p' },
  { to: '/segments', name: 'Segments', keys: 'g s' },
  { to: '/goals', name: 'Goals', keys: 'g o' },
  { to: '/rehearsal', name: 'Rehearsal', keys: 'g h' },
  { to: '/questions', name: 'Questions', keys: 'g q' },
  { to: '/sources', name: 'Sources', keys: 'g r' },
  { to: '/live', name: 'Live events', keys: 'g l' },
] as const

/** Pages that only the palette and their keys lead to. */
export const others = [
  { to: '/definitions', name: 'Definitions', keys: 'g f' },
  { to: '/accounts', name: 'Accounts', keys: 'g a' },
  { to: '/dead-letters', name: 'Dead letters', keys: 'g d' },
] as const
