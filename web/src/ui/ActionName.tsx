import { useQuery } from '@tanstack/react-query'

import { goalQuery } from '@api/queries'
import { Silence } from '@lib/silence'

/** What an action of a goal is called; its id while that is not known. */
export function ActionName({ goal, action }: { goal: string | undefined; action: string }): React.JSX.Element {
  const known = action !== Silence && goal !== undefined && goal !== ''
  const { data } = useQuery({ ...goalQuery(goal ?? ''), enabled: known, refetchInterval: false, staleTime: Infinity })
  if (action === Silence) return <>silence</>
  return <>{data?.actions.find((a) => a.id === action)?.name ?? action.replaceAll(/[_-]/g, ' ')}</>
}
