import { NodeGlyph } from './NodeGlyph'

const even = { value: 0.5, low: 0.46, high: 0.54, people: 100, enough: true }
const none = { outreach: 0, response: 1, unprompted: 0 }

/** How to read the map, in one line. */
export function Legend({ model }: { model: boolean }): React.JSX.Element {
  return (
    <ul className="legend" aria-label="How to read the map">
      <li>
        <svg width="44" height="20" aria-hidden="true">
          <circle cx="6" cy="10" r="4" fill="var(--response)" />
          <circle cx="28" cy="10" r="9" fill="var(--response)" />
        </svg>
        size: people
      </li>
      <li>
        outreach
        <i className="legend-scale" aria-hidden="true" />
        unprompted: who made the effort
      </li>
      <li>
        <Sample c={{ ...even, value: 0.7, low: 0.62, high: 0.76 }} />
        ring: share who came back, pale end its interval; mark: all touchpoints
      </li>
      <li>
        <Sample c={{ ...even, low: 0.62, high: 0.76 }} {...(model ? { verdict: 'engages' } : {})} />
        {model ? 'engages' : 'more'}
        <Sample c={{ ...even, low: 0.2, high: 0.3 }} {...(model ? { verdict: 'harms' } : {})} />
        {model ? 'harms, against what was expected of the same people' : 'fewer than all'}
      </li>
      <li>
        <Sample c={{ ...even, enough: false }} />
        too little evidence
      </li>
      <li>
        <Sample c={{ ...even, low: 0.14, high: 0.22 }} end />
        dead end
      </li>
    </ul>
  )
}

function Sample({ c, end = false, verdict }: { c: typeof even; end?: boolean; verdict?: 'engages' | 'harms' }): React.JSX.Element {
  return (
    <svg width={end ? 32 : 26} height="24" viewBox={`-12 -12 ${end ? 32 : 26} 24`} aria-hidden="true">
      <NodeGlyph of={{ effort: none, continuation: c, against: 0.42, direction: 'inbound', dead_end: end, ...(verdict ? { expected: { verdict } } : {}) }} radius={4} />
    </svg>
  )
}
