import { Link } from '@tanstack/react-router'

import type { Expectation, LifecycleMap, Touchpoint } from '@api/types'
import { formatPercent, formatPoints } from '@lib/formatPercent'
import { formatDays } from '@lib/formatTime'
import { typeset } from '@lib/typeset'
import { againstOf, verdictOn } from '@lib/verdict'
import { cx } from '@ui/cx'
import { Door } from '@ui/Door'
import { EffortBar } from '@ui/EffortBar'
import { EffortWords } from '@ui/EffortWords'
import { Estimate } from '@ui/Estimate'

import { Curve } from './Curve'

const verdicts = {
  more: '▲ More people come back after this than after all touchpoints within the same time.',
  less: '▼ Fewer people come back after this than after all touchpoints within the same time.',
  same: 'No different from all touchpoints, as far as can be told.',
  unknown: 'Too few people have passed here to say.',
  alone: 'Nothing to compare with: people have met no other touchpoint yet.',
  ours: 'No verdict: whom we reach out to is our choice, so only a holdout can say what this does.',
}

/** One touchpoint in words: its verdict, its curve, and where people go next. */
export function TouchpointDetail({ of: t, map }: { of: Touchpoint; map: LifecycleMap }): React.JSX.Element {
  const verdict = verdictOn(t)
  const name = (id: string): string => (id === '' ? 'nowhere' : id === t.id ? 'the same again' : (map.touchpoints.find((o) => o.id === id)?.name ?? id))
  const next = map.flows.filter((f) => f.from === t.id).sort((a, b) => b.people - a.people)
  return (
    <div className="detail">
      <header>
        <h2 className="detail-name" dir="auto">
          {t.name}
        </h2>
        <p className="small quiet">
          {map.stages.find((s) => s.id === t.stage)?.name ?? t.stage} · {t.channel} · {t.direction === 'outbound' ? 'we reach out' : 'they come'} ·{' '}
          <Link from="/map" to="." search={(old) => ({ ...old, at: t.id, change: t.id })} resetScroll={false} className="door">
            change it
          </Link>
        </p>
      </header>
      <p className={cx('detail-verdict', verdict === 'more' && 'good', verdict === 'less' && 'bad')}>
        {t.dead_end && <strong>Dead end. </strong>}
        {t.people === 0 ? 'Nobody has met this yet.' : t.expected ? typeset(t.expected.sentence) : verdicts[verdict]}
      </p>
      <dl className="facts">
        <div>
          <dt>People</dt>
          <dd>
            <Door who={{ touchpoint: t.id }} count={t.people} label={`people at ${t.name}`} />
          </dd>
        </div>
        <div>
          <dt>Interactions</dt>
          <dd>
            <Door who={{ touchpoint: t.id, effort: 'any' }} count={t.interactions} label={`interactions at ${t.name}`} />
          </dd>
        </div>
        <div>
          <dt>Came back within {formatDays(t.window_days)}</dt>
          <dd>
            <Estimate of={t.continuation} against={againstOf(t)} />
          </dd>
        </div>
        <Fate t={t} continued="yes" count={t.back} words="Came back" />
        <Fate t={t} continued="no" count={t.lost} words="Did not" />
        <Fate t={t} continued="open" count={t.open} words="Still within the window" />
        {t.expected && <Against t={t} of={t.expected} />}
      </dl>
      {t.people > 0 && <p className="small quiet">{typeset(map.expectation.sentence)}</p>}
      {t.continuation.enough && <Curve points={t.curve} window={t.window_days} against={t.against} />}
      <div className="section">
        <h3>Who made the effort</h3>
        <EffortBar of={t.effort} poles />
        <EffortWords of={t.effort} who={{ touchpoint: t.id }} />
      </div>
      <div className="section">
        <h3>Where they went next</h3>
        <ul className="next">
          {next.slice(0, 6).map((f) => (
            <li key={f.to}>
              <span className={cx('next-name', f.to === '' && 'quiet')} dir="auto">
                {name(f.to)}
              </span>
              <span className="next-share">{formatPercent(f.share)}</span>
              <Door who={{ touchpoint: t.id, next: f.to === '' ? 'none' : f.to }} count={f.people} label={`people who went from ${t.name} to ${name(f.to)}`} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

function Fate({ t, continued, count, words }: { t: Touchpoint; continued: string; count: number; words: string }): React.JSX.Element {
  return (
    <div className="fate">
      <dt>{words}</dt>
      <dd>
        <Door who={{ touchpoint: t.id, continued }} count={count} label={`people at ${t.name}: ${words}`} />
      </dd>
    </div>
  )
}

/** What the state model expected of the same people, and what they did. */
function Against({ t, of: e }: { t: Touchpoint; of: Expectation }): React.JSX.Element {
  const who = (expected: string): { touchpoint: string; expected: string } => ({ touchpoint: t.id, expected })
  return (
    <>
      <div>
        <dt>
          Acted again within {formatDays(t.window_days)}, of <Door who={who('any')} count={e.people} label={`people at ${t.name} of whom it is known what was expected`} />
        </dt>
        <dd>
          <Estimate of={e.came} against={{ value: e.expected, name: 'expected of the same people' }} />
        </dd>
      </div>
      <div className="fate">
        <dt>Expected of the same people</dt>
        <dd>{e.people > 0 ? formatPercent(e.expected) : '–'}</dd>
      </div>
      <div className="fate">
        <dt>Difference</dt>
        <dd>
          <Estimate of={e.difference} format={formatPoints} domain={[-0.3, 0.3]} against={{ value: 0, name: 'as expected is' }} />
        </dd>
      </div>
      <div className="fate">
        <dt>See who</dt>
        <dd>
          <Door who={who('back')} count={e.back} label={`people at ${t.name} acted again`} className="fate-word">
            acted again
          </Door>
          <Door who={who('away')} count={e.away} label={`people at ${t.name} did not act again`} className="fate-word">
            did not
          </Door>
        </dd>
      </div>
    </>
  )
}
