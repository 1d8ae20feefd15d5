/** The ink of a stage: one ramp from first to last, the same wherever stages are drawn. */
export const stageInk = (at: number, of: number): string => `color-mix(in oklab, var(--ink) ${Math.round(10 + (72 * at) / Math.max(1, of - 1))}%, var(--paper))`
