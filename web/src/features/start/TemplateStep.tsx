import { useTemplate } from '@api/start'
import type { StartPage } from '@api/types'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

const words: Record<string, { name: string; words: string }> = {
  retail: { name: 'A shop', words: 'Segment’s e-commerce events: Product Viewed, Order Completed.' },
  app: { name: 'An app', words: 'Segment’s mobile events: Application Opened, Subscription Started.' },
  saas: { name: 'A software company', words: 'Segment’s B2B events: Signed Up, Trial Started, Invite Sent.' },
  telco: { name: 'A telephone company', words: 'Contracts, bills, calls: Contract Started, Bill Paid.' },
}

interface Props {
  start: StartPage
  next: () => void
}

/** Ready definitions to begin with. All of it can be changed later, and taken back. */
export function TemplateStep({ start, next }: Props): React.JSX.Element {
  const choose = useTemplate()
  return (
    <>
      <ul className="start-templates">
        {start.templates.map((t) => (
          <li key={t.id}>
            <h3>{words[t.id]?.name ?? t.id}</h3>
            <p className="small quiet">{words[t.id]?.words}</p>
            <p className="small">{t.stages.join(' → ')}</p>
            <p className="small">
              Goals: {t.goals.join('; ')}.{t.recognised.length > 0 && ` It knows ${t.recognised.length} of the events that came.`}
            </p>
            <Button
              look={start.proposed === t.id ? 'main' : 'plain'}
              disabled={choose.isPending}
              onClick={() => (start.in_force === t.id ? next() : choose.mutate(t.id, { onSuccess: next }))}
              aria-label={`${start.in_force === t.id ? 'Keep it' : 'Take it'}: ${words[t.id]?.name ?? t.id}`}
            >
              {start.in_force === t.id ? 'Keep it' : 'Take it'}
            </Button>
          </li>
        ))}
      </ul>
      <p className="small quiet">
        None of them? Send your own events first: the names that come tell which template knows them, and what has no place yet is put on the map with a click. <Button onClick={next}>Begin with my events</Button>
      </p>
      <Refused error={choose.error} />
    </>
  )
}
