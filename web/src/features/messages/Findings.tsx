import type { MessageFinding } from '@api/types'

import { channelName } from './words'

const marks = { error: 'Broken', warning: 'Could be better', advice: 'Advice' } as const

/** What will not work, where, and how to mend it. */
export function Findings({ of }: { of: MessageFinding[] }): React.JSX.Element {
  return (
    <ul className="message-findings">
      {of.map((f) => (
        <li key={`${f.code} ${f.channel ?? ''} ${f.locale ?? ''} ${f.part ?? ''} ${f.what}`}>
          <span className={f.severity === 'error' ? 'bad' : 'quiet'}>{marks[f.severity]}</span>
          <span>
            {f.what}.{' '}
            <span className="quiet">
              {[[f.channel && channelName(f.channel), f.locale, f.part].filter(Boolean).join(', '), f.mend].filter(Boolean).join(': ')}.
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}
