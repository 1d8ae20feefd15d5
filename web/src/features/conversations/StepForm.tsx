import { useState } from 'react'

import type { ConversationStep } from '@api/types'
import { Button } from '@ui/Button'

import { addStep, dropStep, putStep } from './emit'

interface Props {
  step: ConversationStep
  others: string[]
  source: string
  onChange: (source: string) => void
}

const texts = new Set(['say', 'ask', 'hand_over', 'end'])
const asks = ['choice', 'yes_no', 'number', 'date', 'amount', 'text']

/** One step in a form. What is written here is written into the YAML. */
export function StepForm({ step, others, source, onChange }: Props): React.JSX.Element {
  const [keys, setKeys] = useState(step.keys)
  const put = (change: Record<string, unknown>): void => {
    const next = Object.fromEntries(Object.entries({ ...keys, ...change }).filter(([, v]) => v !== '' && v !== undefined))
    setKeys(next)
    onChange(putStep(source, step, next))
  }
  const text = (key: string): string => {
    const v = keys[key]
    return typeof v === 'string' ? v : v === undefined || v === null ? '' : JSON.stringify(v)
  }
  return (
    <div className="step-form">
      <h3>
        Step {step.id}, lines {step.line} to {step.end_line}
      </h3>
      {texts.has(step.deed) && (
        <Field label={step.deed === 'end' ? 'Outcome' : 'Words'}>
          <textarea rows={2} value={text(step.deed)} onChange={(e) => put({ [step.deed]: e.target.value || ' ' })} />
        </Field>
      )}
      {step.deed === 'decide' && (
        <Field label="What may be said is what may be shown in the slot">
          <input value={text('decide')} onChange={(e) => put({ decide: e.target.value || ' ' })} />
        </Field>
      )}
      {step.deed === 'ask' && (
        <>
          <Field label="The answer is">
            <select value={step.for ?? 'text'} onChange={(e) => put({ for: e.target.value })}>
              {asks.map((a) => (
                <option key={a} value={a}>
                  {a.replace('_', ' or ')}
                </option>
              ))}
            </select>
          </Field>
          {step.for === 'choice' && (
            <Field label="Options, one a line, as id: label">
              <textarea rows={4} defaultValue={optionText(keys['options'])} onBlur={(e) => put({ options: optionsOf(e.target.value, keys['options']) })} />
            </Field>
          )}
          <Field label="Said when it was not understood">
            <input value={text('again')} onChange={(e) => put({ again: e.target.value })} />
          </Field>
        </>
      )}
      {step.deed !== 'end' && step.deed !== 'hand_over' && <To label="Then" value={text('go')} others={others} none="the step below" onChange={(go) => put({ go })} />}
      {['ask', 'look_up', 'act'].includes(step.deed) && <To label="If it comes to nothing" value={text('otherwise')} others={others} none="people take over" onChange={(otherwise) => put({ otherwise })} />}
      {step.deed === 'decide' && <To label="If silence is chosen" value={text('otherwise')} others={others} none="the step below" onChange={(otherwise) => put({ otherwise })} />}
      <div className="form-foot">
        <Button onClick={() => onChange(addStep(source, step, { say: 'Something else.' }))}>Add a step below</Button>
        <Button look="danger" onClick={() => onChange(dropStep(source, step))}>
          Take it out
        </Button>
      </div>
    </div>
  )
}

function Field({ label, children }: { label: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <label className="step-field">
      <span className="small quiet">{label}</span>
      {children}
    </label>
  )
}

function To({ label, value, others, none, onChange }: { label: string; value: string; others: string[]; none: string; onChange: (v: string) => void }): React.JSX.Element {
  return (
    <Field label={label}>
      <select value={value} onChange={(e) => onChange(e.target.value)}>
        <option value="">{none}</option>
        {others.map((o) => (
          <option key={o} value={o}>
            {o}
          </option>
        ))}
      </select>
    </Field>
  )
}

interface Option {
  id: string
  label?: string
}

const list = (v: unknown): Option[] => (Array.isArray(v) ? (v as Option[]) : [])

const optionText = (v: unknown): string =>
  list(v)
    .map((o) => (o.label ? `${o.id}: ${o.label}` : o.id))
    .join('\n')

/** What else an option says, such as its words, stays with its id. */
function optionsOf(text: string, before: unknown): Option[] {
  return text
    .split('\n')
    .map((l) => l.trim())
    .filter(Boolean)
    .map((l) => {
      const [id = '', ...label] = l.split(':')
      const old = list(before).find((o) => o.id === id.trim())
      const words = label.join(':').trim()
      return { ...old, id: id.trim(), ...(words ? { label: words } : {}) }
    })
}
