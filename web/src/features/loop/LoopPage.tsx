import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import { loopQuery } from '@api/queries'
import type { Loop } from '@api/types'
import { scopeOf } from '@lib/scope'
import { typeset } from '@lib/typeset'
import { InScope } from '@ui/inScope'
import { ScopeBar } from '@ui/ScopeBar'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Attention } from './Attention'
import { Measures } from './Measures'
import { Ribbon } from './Ribbon'
import { Rounds } from './Rounds'
import { StateValue } from './StateValue'
import './LoopPage.css'

/** The first page: whether engagement is growing, and what to do next. */
export function LoopPage(): React.JSX.Element {
  const scope = scopeOf({ ...useSearch({ from: '/loop' }) })
  const { data: loop, error, refetch } = useQuery(loopQuery(scope))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Loop · Rapport</title>
      <div className="heading">
        <h1>Is engagement growing?</h1>
        <p className="answer">{loop ? typeset(loop.answer) : error ? 'That cannot be said now.' : '\u00a0'}</p>
      </div>
      {(loop?.people ?? 0) + Object.keys(scope).length > 0 && <ScopeBar scope={scope} of={loop?.scope} usual="13 weeks" periods={[7, 30, 90]} />}
      {loop ? (
        <InScope value={scope.days || scope.from || scope.to ? scope : { ...scope, days: String(loop.days) }}>
          <Loaded loop={loop} scoped={Object.keys(scope).length > 0} />
        </InScope>
      ) : error ? <Failed error={error} what="The loop" retry={() => void refetch()} /> : <Skeleton rows={14} height={40} what="the loop" />}
    </main>
  )
}

function Loaded({ loop, scoped }: { loop: Loop; scoped: boolean }): React.JSX.Element {
  if (loop.people === 0 && scoped) return <Empty title="Nobody is among these people now">Choose others, or everybody.</Empty>
  if (loop.people === 0) {
    return (
      <Empty title="Here you will see whether people come back, and who makes the effort">
        <p>The first event brings the first person.</p>
        <p className="loop-begin">
          <Link to="/start" className="button button-main">
            Begin
          </Link>
          <Link to="/definitions" className="button">
            Look at the definitions
          </Link>
        </p>
      </Empty>
    )
  }
  return (
    <>
      <div className="loop-columns">
        <div className="loop-column">
          <Ribbon loop={loop} />
          <StateValue loop={loop} />
        </div>
        <Measures loop={loop} />
      </div>
      <Attention loop={loop} />
      <Rounds loop={loop} />
    </>
  )
}
