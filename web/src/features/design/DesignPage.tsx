import { Colours } from './Colours'
import { Parts } from './Parts'
import { Pictures } from './Pictures'
import { States } from './States'
import './DesignPage.css'

const rules: [string, string][] = [
  ['One question a page', 'It stands at the top in plain words, with the answer in a sentence above the picture.'],
  ['Every number is a door', 'It opens the people behind it, and the address says exactly what is shown.'],
  ['No estimate without its interval', 'One component shows all of them; without enough evidence it shows no number.'],
  ['Colour has one meaning', 'Orange to blue is who made the effort. Green and red are verdicts. All else is ink.'],
  ['Type and space do the layout', 'Four sizes, multiples of eight, hairlines instead of boxes.'],
  ['Undo instead of “are you sure”', 'Only going live to everybody asks back.'],
  ['Nothing jumps', 'Space is taken from the start, and a skeleton shows only after 200 ms.'],
]

/** The whole system on one page, for whoever adds to it. */
export function DesignPage(): React.JSX.Element {
  return (
    <main id="main" className="page design" tabIndex={-1}>
      <title>Design · Rapport</title>
      <div className="heading">
        <h1>What is this console made of?</h1>
        <p className="answer">Of four sizes of type, one grid of eight, ink on paper, and two pairs of colours that each mean one thing.</p>
      </div>
      <section className="section" aria-labelledby="rules">
        <h2 id="rules">Rules</h2>
        <dl className="facts facts-stacked design-rules">
          {rules.map(([rule, words]) => (
            <div key={rule}>
              <dt>{rule}</dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="section" aria-labelledby="type">
        <h2 id="type">Type</h2>
        <div className="design-type">
          {(['display', 'lead', 'body', 'small'] as const).map((size) => (
            <div key={size}>
              <span className="small quiet mono">--{size}</span>
              <span style={{ font: `var(--${size})` }}>Ada came back of her own accord on 3 March, 1,204th of 4,110</span>
            </div>
          ))}
        </div>
      </section>
      <Colours />
      <Parts />
      <Pictures />
      <States />
    </main>
  )
}
