import type { Goal } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { Door } from '@ui/Door'

/** What was done, each count with the people behind it. */
export function Done({ goal: { id, counts: c } }: { goal: Goal }): React.JSX.Element {
  const rows: { name: string; words: string; times: number; people: number; outcome?: string }[] = [
    { name: 'Joined', words: 'came under this goal', times: c.joined, people: c.joined },
    { name: 'Choices', words: 'an action was drawn', times: c.choices, people: c.chosen_people, outcome: 'chosen' },
    { name: 'Silence', words: 'nothing was drawn, on purpose', times: c.silent, people: c.silent_people, outcome: 'silent' },
    { name: 'Sent', words: 'the channel accepted it', times: c.sent, people: c.sent_people, outcome: 'sent' },
    { name: 'Held back', words: 'policy stopped it at the last gate', times: c.held, people: c.held_people, outcome: 'held' },
    { name: 'Failed', words: 'the channel refused it', times: c.failed, people: c.failed_people, outcome: 'failed' },
    { name: 'Unknown', words: 'granted, then the process stopped: never sent again', times: c.unknown, people: c.unknown_people, outcome: 'unknown' },
  ]
  const most = Math.max(1, ...rows.map((r) => r.times))
  return (
    <section className="section" aria-labelledby="done">
      <h2 id="done">What was done</h2>
      <ul className="done">
        {rows.map((r) => (
          <li key={r.name}>
            <span className="done-name">{r.name}</span>
            <span className="done-bar" aria-hidden="true">
              {r.times > 0 && <i style={{ width: `${(100 * r.times) / most}%` }} />}
            </span>
            <span className="done-times">
              <Door who={{ goal: id, ...(r.outcome ? { outcome: r.outcome } : {}) }} count={r.people || r.times} label={`${r.name}: ${plural(r.people, 'person', 'people')}`}>
                {formatNumber(r.times)}
              </Door>
            </span>
            <span className="done-words small quiet">
              {r.words}
              {r.outcome && r.times > 0 && `, ${plural(r.people, 'person', 'people')}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
