import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { simulationQuery } from '@api/conversations'
import type { ConversationPage, Line, SimulatedPlay, SimulatedSaying, Simulation } from '@api/types'
import { plural } from '@lib/formatNumber'
import { Button } from '@ui/Button'
import { Failed } from '@ui/States'

const channels = ['web', 'sms', 'voice', 'email'] as const
const names: Record<string, string> = { web: 'Web chat', sms: 'SMS', voice: 'Phone', email: 'E-mail' }

type Said = Record<string, SimulatedSaying[]>

interface Props {
  id: string
  source: string | undefined
  calls: string[]
  slots: ConversationPage['slots']
}

/** The same conversation played on four channels, with nobody there. */
export function Simulator({ id, source, calls, slots }: Props): React.JSX.Element {
  const [said, setSaid] = useState<Said>({})
  const [results, setResults] = useState<Record<string, string>>({})
  const [decides, setDecides] = useState<Record<string, string>>({})
  const simulation: Simulation = {
    plays: channels.map((channel) => ({ channel, said: said[channel] ?? [] })),
    ...(source === undefined ? {} : { source }),
    results: Object.fromEntries(calls.map((c) => [c, answerOf(results[c])])),
    decides: Object.fromEntries(Object.entries(decides).filter(([, action]) => action)),
    traits: { first_name: 'Ada' },
  }
  const { data, error, refetch } = useQuery(simulationQuery(id, simulation))
  return (
    <section className="section" aria-labelledby="simulator">
      <div className="simulator-head">
        <h2 id="simulator">Played side by side</h2>
        <span className="quiet">Nobody is written to, and no system is asked.</span>
        <Button onClick={() => setSaid({})}>Begin again</Button>
      </div>
      {calls.length + slots.length > 0 && (
        <div className="simulator-calls">
          {slots.map((s) => (
            <label key={s.id} className="small">
              <span className="quiet">The arbiter chooses for {s.name} </span>
              <select value={decides[s.id] ?? ''} onChange={(e) => setDecides({ ...decides, [s.id]: e.target.value })}>
                <option value="">silence</option>
                {s.actions.map((a) => (
                  <option key={a} value={a}>
                    {a}
                  </option>
                ))}
              </select>
            </label>
          ))}
          {calls.map((c) => (
            <label key={c} className="small">
              <span className="quiet">{c} answers </span>
              <input className="mono" size={28} value={results[c] ?? ''} placeholder='{"status": "on its way"}, 404 or down' onChange={(e) => setResults({ ...results, [c]: e.target.value })} />
            </label>
          ))}
        </div>
      )}
      {error && !data && <Failed error={error} what="The simulation" retry={() => void refetch()} />}
      {data && data.problems.length > 0 && <p className="quiet">The draft has a problem; what is shown is how it was before.</p>}
      <div className="simulator">
        {data?.plays.map((p) => (
          <Pane key={p.channel} play={p} onSay={(s) => setSaid({ ...said, [p.channel]: [...(said[p.channel] ?? []), s] })} />
        ))}
      </div>
    </section>
  )
}

/** What a call answers: JSON, a status, or nothing at all. */
function answerOf(text: string | undefined): { status: number; result?: Record<string, unknown> } {
  const t = (text ?? '').trim()
  if (t === 'down') return { status: 0 }
  if (/^\d{3}$/.test(t)) return { status: Number(t) }
  try {
    const result: unknown = JSON.parse(t || '{}')
    return { status: 200, ...(result && typeof result === 'object' ? { result: result as Record<string, unknown> } : {}) }
  } catch {
    return { status: 200 }
  }
}

function Pane({ play, onSay }: { play: SimulatedPlay; onSay: (s: SimulatedSaying) => void }): React.JSX.Element {
  const [text, setText] = useState('')
  const phone = play.channel === 'voice'
  const last = [...play.lines].reverse().find((l) => l.who === 'company')
  const options = play.outcome ? [] : (last?.options ?? [])
  return (
    <div className={`pane pane-${play.channel}`}>
      <h3>{names[play.channel] ?? play.channel}</h3>
      <ol className="pane-lines" aria-label={`What was said by ${names[play.channel] ?? play.channel}`} aria-live="polite">
        {play.lines.map((l, i) => (
          <Spoken key={i} line={l} />
        ))}
      </ol>
      {play.channel === 'web' && options.length > 0 && (
        <div className="pane-options">
          {options.map((o) => (
            <Button key={o.id} onClick={() => onSay({ choice: o.id })}>
              {o.label}
            </Button>
          ))}
        </div>
      )}
      {phone && !play.outcome && (
        <div className="pane-keys" role="group" aria-label="Keys">
          {['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'].map((k) => (
            <Button key={k} onClick={() => onSay({ keys: k })}>
              {k}
            </Button>
          ))}
        </div>
      )}
      {play.outcome ? (
        <p className="small pane-outcome">
          {play.outcome}, after {plural(play.turns, 'turn', 'turns')}
        </p>
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault()
            if (text.trim()) onSay(phone && /^[\d*#]+$/.test(text) ? { keys: text } : { text })
            setText('')
          }}
        >
          <input aria-label={phone ? 'Say, or press keys' : 'Write'} placeholder={phone ? 'say something' : 'write something'} value={text} onChange={(e) => setText(e.target.value)} />
        </form>
      )}
    </div>
  )
}

function Spoken({ line }: { line: Line }): React.JSX.Element {
  if (line.who === 'moved') return <li className="line line-moved small quiet">{line.text}</li>
  if (line.who === 'choice') return <li className="line line-call small mono">{line.text}</li>
  if (line.who === 'call') return <li className="line line-call small mono">{line.text}</li>
  return (
    <li className={`line line-${line.who}`}>
      <span className="hidden">{line.who === 'person' ? 'They: ' : 'We: '}</span>
      {line.text}
      {line.next?.map((n) => (
        <span key={n.label} className="line-next small">
          {n.label}
        </span>
      ))}
    </li>
  )
}
