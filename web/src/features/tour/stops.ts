/** A stop of the tour: a page, what to look at on it, and what is new about it. */
export interface Stop {
  title: string
  words: string
  to: '/loop' | '/map' | '/goals' | '/goal'
  /** What is pointed at: the first that is on the page. */
  at: string
}

/** "/goal" is the page of the first goal there is. */
export const stops: readonly Stop[] = [
  { title: 'The next conversation', words: 'An interaction is worth what it leads to. So the first figure is not opens or clicks, but who came back of their own accord.', to: '/loop', at: 'main .answer' },
  { title: 'Who makes the effort', words: 'Orange is what the company did, blue what customers did unasked. A touchpoint that people come to by themselves looks different from one that lives on reminders.', to: '/map', at: '.map-picture, .map-list, main .answer' },
  { title: 'States', words: 'Everybody is somewhere in the relationship, and moves. The ribbon shows how many are where, week by week; each band opens its people.', to: '/loop', at: '.ribbon' },
  { title: 'A decision, explained', words: 'Each choice keeps its candidates, their probabilities and its reason. Open one: it leads to the person, and to “why this” on their page.', to: '/goal', at: '#recent' },
  { title: 'Silence', words: 'Doing nothing is always a candidate, and whatever was held back has a reason. Here is what was not sent, and why.', to: '/goal', at: '#withheld' },
  { title: 'Lift', words: 'What it earned, against people who were left alone by chance. The interval may be looked at every day; where there is too little evidence, it says so.', to: '/goal', at: '#arms' },
]

const name = 'rapport.tour'

/** Where this browser left the tour: the number of a stop, "left", or nothing. */
export const readTour = (): string => localStorage.getItem(name) ?? ''

export const writeTour = (where: string): void => localStorage.setItem(name, where)

/** The stop that was read, or none. */
export function stopOf(read: string): number | undefined {
  const n = Number(read)
  return read !== '' && Number.isInteger(n) && n >= 0 && n < stops.length ? n : undefined
}
