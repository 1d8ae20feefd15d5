/** The pages that the bar leads to, and the palette, with the keys that do. */
export const pages = [
  { to: '/loop', name: 'Loop', keys: 'g e' },
  { to: '/map', name: 'Map', keys: 'g m' },
  { to: '/people', name: 'People', keys: 'g p' },
  { to: '/segments', name: 'Segments', keys: 'g s' },
  { to: '/states', name: 'States', keys: 'g b' },
  { to: '/goals', name: 'Goals', keys: 'g o' },
  { to: '/decisions', name: 'Decisions', keys: 'g w' },
  { to: '/inbox', name: 'Inbox', keys: 'g i' },
  { to: '/conversations', name: 'Conversations', keys: 'g c' },
] as const

/** Pages that are a step further: behind More, in the palette, and by their keys. */
export const others = [
  { to: '/effects', name: 'What works', keys: 'g k' },
  { to: '/journeys', name: 'Journeys', keys: 'g j' },
  { to: '/levers', name: 'Levers', keys: 'g v' },
  { to: '/experiments', name: 'Experiments', keys: 'g x' },
  { to: '/rehearsal', name: 'Rehearsal', keys: 'g h' },
  { to: '/questions', name: 'Questions', keys: 'g q' },
  { to: '/definitions', name: 'Definitions', keys: 'g f' },
  { to: '/start', name: 'Start', keys: 'g 1' },
  { to: '/messages', name: 'Messages', keys: 'g t' },
  { to: '/sources', name: 'Sources', keys: 'g r' },
  { to: '/live', name: 'Live events', keys: 'g l' },
  { to: '/dead-letters', name: 'Dead letters', keys: 'g d' },
  { to: '/accounts', name: 'Accounts', keys: 'g a' },
  { to: '/parity', name: 'Parity', keys: 'g n' },
  { to: '/settings', name: 'Settings', keys: 'g ,' },
  { to: '/design', name: 'Design', keys: 'g y' },
] as const

/** Other keys, for the page that explains them. */
export const keys = [
  { keys: '/', name: 'Search people' },
  { keys: '⌘ K', name: 'Do anything' },
  { keys: '?', name: 'Show these keys' },
  { keys: '↑ ↓', name: 'Move within a list, the map or a table’s doors' },
  { keys: 'Enter', name: 'Open what is in focus' },
  { keys: 'Esc', name: 'Shut what was opened last' },
  { keys: '⌘ Enter', name: 'Ask the question, or send the answer, that is being written' },
  { keys: 'j k', name: 'Next and previous request in the inbox; r answers, n notes, e closes' },
] as const
