import { effortColor } from '@lib/effort'
import { stageInk } from '@lib/stageInk'

const ground = ['paper', 'raised', 'sunken', 'hairline', 'line', 'ink-3', 'ink-2', 'ink', 'focus']
const meant: [string, string][] = [
  ['outreach', 'we started'],
  ['response', 'they acted on our outreach'],
  ['unprompted', 'they came by themselves'],
  ['good', 'a verdict: engages'],
  ['bad', 'a verdict: harms'],
]

export function Colours(): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="colour">
      <h2 id="colour">Colour</h2>
      <p className="note">Each token holds both themes. Text on paper has a contrast of 4.5 or more, and whatever colour says is said by a word or a shape too.</p>
      <ul className="swatches">
        {ground.map((name) => (
          <Swatch key={name} colour={`var(--${name})`} name={`--${name}`} />
        ))}
      </ul>
      <ul className="swatches">
        {meant.map(([name, words]) => (
          <Swatch key={name} colour={`var(--${name})`} name={`--${name}`} words={words} />
        ))}
      </ul>
      <h3>Effort: one diverging scale</h3>
      <div className="ramp" role="img" aria-label="From outreach, orange, over response, grey, to unprompted, blue">
        {Array.from({ length: 21 }, (_, i) => (
          <i key={i} style={{ background: effortColor((i - 10) / 10) }} />
        ))}
      </div>
      <h3>Stages: one ramp of ink, first to last</h3>
      <div className="ramp" role="img" aria-label="From light to dark, in the order of the lifecycle">
        {Array.from({ length: 6 }, (_, i) => (
          <i key={i} style={{ background: stageInk(i, 6) }} />
        ))}
      </div>
    </section>
  )
}

const Swatch = ({ colour, name, words }: { colour: string; name: string; words?: string }): React.JSX.Element => (
  <li>
    <i style={{ background: colour }} />
    <span className="small mono">{name}</span>
    {words && <span className="small quiet">{words}</span>}
  </li>
)
