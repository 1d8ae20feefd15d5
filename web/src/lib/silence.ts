/** The action id of doing nothing. */
export const Silence = 'silence'
