import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { useAddSource } from '@api/sourceMutations'
import { useTemplate } from '@api/start'
import type { StartPage } from '@api/types'
import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'
import { Refused } from '@ui/Refused'

import { keepKey, keptKey } from './writeKey'

interface Props {
  start: StartPage
  next: () => void
}

/** A write key, ways to send with it, and what came of it. */
export function EventsStep({ start, next }: Props): React.JSX.Element {
  const [key, setKey] = useState(keptKey)
  const add = useAddSource()
  const choose = useTemplate()
  const came = start.steps.some((s) => s.id === 'events' && s.done)
  const event = start.templates.find((t) => t.id === start.in_force)?.first ?? 'Order Completed'
  const make = (): void =>
    add.mutate(
      { name: 'First hour', kind: 'server' },
      {
        onSuccess: ({ key: made }) => {
          keepKey(made.write_key)
          setKey(made.write_key)
        },
      },
    )
  return (
    <>
      {key === '' ? (
        <div>
          <Button look="main" disabled={add.isPending} onClick={make}>
            Make a write key
          </Button>
        </div>
      ) : (
        <>
          <Copy text={key} what="the write key" />
          <h3>From a terminal</h3>
          <Copy text={curl(key, event)} what="the command" lines />
          <h3>From code: any of Segment’s libraries, pointed here</h3>
          <Copy text={snippet(key, event)} what="the code" lines />
        </>
      )}
      <p role="status" className={came ? undefined : 'start-waiting'}>
        {came ? `Here they are${start.seen.length > 0 ? `: ${start.seen.slice(0, 6).map((e) => e.event).join(', ')}` : ''}.` : key === '' ? '' : 'Waiting for the first event …'}
      </p>
      {start.proposed && (
        <p>
          The template “{start.proposed}” knows more of these names than the one in force.{' '}
          <Button disabled={choose.isPending} onClick={() => choose.mutate(start.proposed as StartPage['templates'][number]['id'])}>
            Take it instead
          </Button>
        </p>
      )}
      <p className="small quiet">
        History in files or databases? <Link to="/sources">Sources</Link> tells how to bring it in. Imported history starts nothing.
      </p>
      <Refused error={add.error ?? choose.error} />
      {came && (
        <div>
          <Button look="main" onClick={next}>
            See the map fill
          </Button>
        </div>
      )}
    </>
  )
}

const curl = (key: string, event: string): string =>
  [`curl -u ${key}: ${location.origin}/v1/track \\`, `  -H 'Content-Type: application/json' \\`, `  -d '{"userId":"ada","event":"${event}","properties":{"revenue":20}}'`].join('\n')

const snippet = (key: string, event: string): string =>
  [
    `import { Analytics } from '@segment/analytics-node'`,
    `const analytics = new Analytics({ writeKey: '${key}', host: '${location.origin}' })`,
    `analytics.track({ userId: 'ada', event: '${event}', properties: { revenue: 20 } })`,
  ].join('\n')
