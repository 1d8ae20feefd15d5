import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { rulePreviewQuery, segmentQuery, workspaceQuery } from '@api/queries'
import type { RulePreview } from '@api/types'
import { typeset } from '@lib/typeset'
import { Failed, Skeleton } from '@ui/States'

import { Meant } from './Meant'
import { SaveRule } from './SaveRule'
import { around, groundsOf, previewWords } from './words'
import './RulePage.css'

const EXAMPLES = ['did("Order Completed", 3, days(90))', 'did_then_not("Cart Viewed", "Order Completed", hours(4))', 'traits.plan == "pro" && !did("Signed In", days(30))']

/** How long nothing is typed before the rule is asked, in milliseconds. */
const PAUSE = 120

/** A rule as it is being written, with whom it means. */
export function RulePage(): React.JSX.Element {
  const { rule: asked = '', from } = useSearch({ from: '/segment-rule' })
  const navigate = useNavigate({ from: '/segment-rule' })
  const [rule, setRule] = useState(asked)
  const { data: old } = useQuery({ ...segmentQuery(from ?? ''), enabled: from !== undefined })
  const { data, error, refetch, isPlaceholderData } = useQuery(rulePreviewQuery(asked))
  useEffect(() => {
    if (rule === asked) return undefined
    const timer = setTimeout(() => void navigate({ search: (s) => ({ ...s, rule }), replace: true }), PAUSE)
    return () => clearTimeout(timer)
  }, [rule, asked, navigate])
  const preview = asked.trim() === '' ? undefined : data?.preview
  const current = !isPlaceholderData && rule === asked
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Whom does it mean? · Rapport</title>
      <div className="heading">
        <h1>{old ? `${old.name}: whom should it mean?` : 'Whom should the segment mean?'}</h1>
        <p className="answer" aria-live="polite">
          {typeset(asked.trim() === '' ? 'Write a rule, and see whom it means.' : preview ? previewWords(preview) : data?.valid === false ? 'This is not a rule yet.' : '\u00a0')}
        </p>
        <p className="quiet">{preview ? typeset(groundsOf(preview)) : '\u00a0'}</p>
      </div>
      <div className="rule-columns">
        <div className="rule-main">
          <textarea className="field mono rule-editor" aria-label="Rule" aria-invalid={current && data?.valid === false} aria-describedby="rule-problems" placeholder={EXAMPLES[0]} spellCheck={false} autoCapitalize="off" rows={5} maxLength={4000} value={rule} onChange={(e) => setRule(e.target.value)} />
          <div id="rule-problems">{current && data && asked.trim() !== '' && <Problems of={data} rule={asked} />}</div>
          {preview && !preview.exact && preview.people > 0 && <progress className="rule-progress" aria-label="People asked so far" value={preview.looked} max={preview.people} />}
          {asked.trim() === '' && <Examples use={setRule} />}
          <SaveRule rule={asked} ready={current && data?.valid === true} old={old} />
        </div>
        <div>
          {error && !data ? (
            <Failed error={error} what="Whom it means" retry={() => void refetch()} />
          ) : preview ? (
            <Meant preview={preview} stale={!current} />
          ) : asked.trim() !== '' && !data ? (
            <Skeleton rows={8} height={33} what="people" />
          ) : null}
        </div>
      </div>
    </main>
  )
}

/** What is wrong with the rule, where it is. */
function Problems({ of, rule }: { of: RulePreview; rule: string }): React.JSX.Element | null {
  const { data: workspace } = useQuery(workspaceQuery)
  if (of.valid) return workspace?.as_of ? <p className="quiet">Counted as of the time at which the workspace is looked at.</p> : null
  return (
    <ul className="rule-problems" role="alert">
      {of.problems.map((p) => {
        const [before, word, after] = around(rule, p.at ?? 1)
        return (
          <li key={`${p.at} ${p.what}`}>
            {p.at ? (
              <code>
                {before}
                <mark>{word}</mark>
                {after}
              </code>
            ) : null}
            <p className="bad">
              {p.what}; {p.mend}
            </p>
          </li>
        )
      })}
    </ul>
  )
}

function Examples({ use }: { use: (rule: string) => void }): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="examples">
      <h2 id="examples">For instance</h2>
      <ul className="rule-examples">
        {EXAMPLES.map((e) => (
          <li key={e}>
            <button type="button" className="door mono" onClick={() => use(e)}>
              {e}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
