import { useParams } from '@tanstack/react-router'

import { useResend } from '@api/deliveries'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

import type { Receipt } from './bodies'

/** Lets what a webhook did not take go out once more. Whoever takes it knows it by its key. */
export function Resend({ of: r }: { of: Partial<Receipt> }): React.JSX.Element | null {
  const { id } = useParams({ strict: false })
  const resend = useResend(id ?? '')
  if (!id || !r.delivery || r.channel !== 'webhook' || (r.outcome !== 'failed' && r.outcome !== 'unknown')) return null
  const { delivery } = r
  return (
    <p className="event-detail">
      {resend.isSuccess ? (
        'It goes out once more, if nothing forbids it by now.'
      ) : (
        <Button onClick={() => resend.mutate(delivery)} disabled={resend.isPending}>
          Send it once more
        </Button>
      )}
      <Refused error={resend.error} />
    </p>
  )
}
