import type { Estimate as Value } from '@api/types'
import { formatPoints } from '@lib/formatPercent'
import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { Estimate } from '@ui/Estimate'

const known: Value = { value: 0.41, low: 0.39, high: 0.43, people: 2140, enough: true }
const thin: Value = { value: 0.5, low: 0.1, high: 0.9, people: 11, enough: false, note: '11 of the 30 people needed have had their 30 days.' }
const harm: Value = { value: -0.008, low: -0.014, high: -0.002, people: 4100, enough: true }

export function Parts(): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="parts">
      <h2 id="parts">Parts</h2>
      <dl className="facts design-parts">
        <Row name="Button" words="Verbs. One main button a page.">
          <Button look="main">Apply</Button> <Button>Look again</Button> <Button look="quiet">Cancel</Button> <Button look="danger">Stop all now</Button> <Button disabled>Apply</Button>
        </Row>
        <Row name="Door" words="A number that opens its people; nobody is no door.">
          <Door who={{ stage: 'use' }} count={1204} label="people, as an example" /> and <Door who={{}} count={0} label="nobody" />
        </Row>
        <Row name="Estimate" words="Value, interval as a thin bar, a mark to compare with; words on hover and focus.">
          <Estimate of={known} against={{ value: 0.38, name: 'a quarter before' }} />
        </Row>
        <Row name="" words="A difference, with nought marked.">
          <Estimate of={harm} format={formatPoints} domain={[-0.02, 0.02]} against={{ value: 0, name: 'no difference is' }} />
        </Row>
        <Row name="" words="Too little evidence shows no number.">
          <Estimate of={thin} />
        </Row>
        <Row name="Effort" words="Ours from the left, theirs from the right.">
          <span className="design-effort">
            <EffortBar of={{ outreach: 30, response: 14, unprompted: 56 }} poles />
          </span>
        </Row>
        <Row name="Field" words="A label above it, the fault below it.">
          <input className="field" aria-label="A field" placeholder="Gold customers from three orders on" />
        </Row>
        <Row name="Copy" words="What is taken elsewhere.">
          <Copy text="rapport apply definitions/" what="the command" />
        </Row>
      </dl>
    </section>
  )
}

const Row = ({ name, words, children }: { name: string; words: string; children: React.ReactNode }): React.JSX.Element => (
  <div>
    <dt>
      {name} <span className="quiet">{words}</span>
    </dt>
    <dd>{children}</dd>
  </div>
)
