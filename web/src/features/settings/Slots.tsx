import { Link } from '@tanstack/react-router'

import type { SettingsPage } from '@api/types'
import { formatDays } from '@lib/formatTime'
import { Facts } from '@ui/Facts'

/** The places on pages, in apps and on agents' screens that ask what to show. */
export function Slots({ settings: s }: { settings: SettingsPage }): React.JSX.Element {
  return (
    <Facts
      title="Places that ask what to show"
      none="No slot is defined. A page, an app or an agent's screen can ask what to put into a place."
      rows={s.slots.map((slot): [React.ReactNode, React.ReactNode] => [
        <Link key={slot.id} to="/decisions" search={{ channel: slot.id }} className="door">
          {slot.name}
        </Link>,
        `${slot.keep_hours === 0 ? 'chosen anew each time' : `kept for ${slot.keep_hours < 24 ? hours(slot.keep_hours) : formatDays(slot.keep_hours / 24)}`}, ${slot.fallback ? 'with a fallback of its own' : 'else what is there anyway'}`,
      ])}
      note={
        <Link to="/definitions" search={{ at: 'slots' }} className="door">
          Change them in the definitions
        </Link>
      }
    />
  )
}

const hours = (n: number): string => (n < 1 ? `${Math.round(n * 60)} min` : `${Math.round(n * 10) / 10} h`)
