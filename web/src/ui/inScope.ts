import { createContext, useContext } from 'react'

import type { Scope } from '@lib/scope'

/** Of which time and of whom the page speaks that a door is on. */
export const InScope = createContext<Scope>({})

export const useScope = (): Scope => useContext(InScope)
