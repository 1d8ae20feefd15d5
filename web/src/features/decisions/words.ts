/** What a decision may have come to, by which decisions are searched. */
export const outcomeNames: Record<string, string> = {
  silence: 'silence',
  waiting: 'waits to go out',
  sent: 'was sent',
  shown: 'was shown',
  opened: 'was opened',
  clicked: 'was answered',
  suppressed: 'was stopped',
  failed: 'could not be sent',
  bounced: 'came back',
  complained: 'brought a complaint',
  earned: 'earned something',
  levered: 'was turned by a lever',
}

const steps: Record<string, string> = {
  held: 'It waits to go out.',
  granted: 'It is on its way.',
  unknown: 'Nobody knows whether it went out; it is not sent again.',
  suppressed: 'It was stopped.',
  failed: 'It could not be sent.',
  sent: 'It was sent.',
  shown: 'It was seen.',
  not_shown: 'It was not seen.',
  bounced: 'It came back.',
  opened: 'It was opened.',
  clicked: 'It was answered.',
  complained: 'It brought a complaint.',
}

/** How far a delivery came, in words. */
export const stepWords = (step: string | undefined): string => (step ? (steps[step] ?? step) : 'It waits to go out.')

/** What a lever does, in words. */
export const leverWords = { pin: 'Pinned', boost: 'Boosted', block: 'Blocked', pause: 'Paused' }
