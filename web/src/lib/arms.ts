const words: Record<string, string> = {
  treated: 'treated',
  goal_holdout: 'held out of this goal',
  global_holdout: 'held out of everything',
  holdout: 'held out',
}

/** An arm in words: treated, goal_holdout, global_holdout. */
export const armWords = (arm: string): string => words[arm] ?? arm
