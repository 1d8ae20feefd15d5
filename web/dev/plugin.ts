import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'vite'

import { FILTER_KEYS } from '../src/api/types'
import type { Filter, LifecycleMap, LiveEvent, Workspace } from '../src/api/types'
import { account, accountMembers, accounts, accountsOf, accountTimeline } from './fixtures/accounts'
import { course, decision, decisions, effects, evaluation, leverCost, levers, plan } from './fixtures/decisions'
import { apply, definitions, validate } from './fixtures/definitions'
import { begin, end, experiment, experiments } from './fixtures/experiments'
import { goal, goals } from './fixtures/goal'
import { journey, journeys } from './fixtures/journeys'
import { loop } from './fixtures/loop'
import { lifecycleMap } from './fixtures/map'
import { NOW, populate } from './fixtures/people'
import type { Soul } from './fixtures/people'
import { kept, run, tables } from './fixtures/questions'
import { consentHistory, identities, segment, segments } from './fixtures/segments'
import { senderReport, settings } from './fixtures/settings'
import { crowdedPlaces, places, stages } from './fixtures/shop'
import { arrivals, changeSource, deadLetter, deadLetters, faults, source, sources, tryWebhook } from './fixtures/sources'
import { lettersToNobody, start } from './fixtures/start'
import { belief, model, models, states as relationships } from './fixtures/states'
import { people, person, timeline, why } from './fixtures/views'

/** An invented company. The cookie `fixture` chooses which: lively, crowded, empty, computing, error, slow or signedout. */
type Variant = 'lively' | 'crowded' | 'empty' | 'computing' | 'error' | 'slow' | 'signedout'

interface World {
  souls: Soul[]
  map: LifecycleMap
}

// The server's own, so that the browser test meets what it refuses.
const policy = "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

const worlds = new Map<string, World>()

function world(variant: Variant): World {
  const key = variant === 'crowded' || variant === 'empty' ? variant : 'lively'
  let found = worlds.get(key)
  if (!found) {
    const where = key === 'crowded' ? crowdedPlaces : places
    const souls = key === 'empty' ? [] : populate(key === 'crowded' ? 6000 : 1400, where)
    found = { souls, map: lifecycleMap(souls, key === 'empty' ? [] : where) }
    if (key === 'empty') found.map = { ...found.map, unmapped: [], flows: [], channels: [], stages: [], answer: 'Nobody has been met yet.' }
    worlds.set(key, found)
  }
  return found
}

export const workspace: Workspace = {
  name: 'Oak & Iron',
  currency: 'EUR',
  live: 'disarmed',
  allow: ['ada@example.com', '*@oakandiron.example'],
  as_of: null,
  now: new Date(NOW).toISOString(),
  speed: 86_400,
  people: 1400,
  events: 18_202,
  lag: 0,
  demo: true,
  channels: ['web', 'email', 'sms'],
  definition: '5b1c09e7a2f4',
  stages: stages.map(({ id, name }) => ({ id, name })),
}

export function answer(variant: Variant, path: string, params: URLSearchParams): unknown {
  const { souls, map } = world(variant)
  const [, noun, id, part, ...rest] = path.split('/')
  if (noun === 'workspace') return { ...workspace, people: souls.length, ...(variant === 'empty' ? { speed: 1, demo: false, events: 0 } : {}) }
  if (noun === 'map') return map
  if (noun === 'settings') return id ? senderReport(params.get('selector') ?? '') : settings
  if (noun === 'loop') return loop(souls, map, variant === 'empty' ? [] : goals(souls))
  if (noun === 'goals' && part === 'plan') return plan(id ?? '')
  if (noun === 'goals' && part === 'course') return course(id ?? '')
  if (noun === 'goals' && id) return goal(souls, id === 'review')
  if (noun === 'goals') return { goals: variant === 'empty' ? [] : goals(souls) }
  if (noun === 'experiments') return id ? experiment(souls, id) : { experiments: variant === 'empty' ? [] : experiments(souls) }
  if (noun === 'states') return relationships(souls, Number(params.get('days') ?? 28))
  if (noun === 'models') return id ? model(Number(id)) : models
  if (noun === 'journeys') return id ? journey(id) : variant === 'empty' ? { journeys: [] } : journeys()
  if (noun === 'decisions') return id ? decision(souls, id) : decisions(souls)
  if (noun === 'effects') return effects(souls, (params.get('by') ?? 'stage') as 'stage' | 'segment' | 'state')
  if (noun === 'evaluation') return evaluation(params.get('policy') ?? 'draft')
  if (noun === 'levers' && id === 'cost') return leverCost(souls.length === 0)
  if (noun === 'levers') return levers
  if (noun === 'segments' && id) return segment(souls, id, variant === 'computing')
  if (noun === 'segments') return segments(souls, variant === 'computing')
  if (noun === 'sweep') return segments(souls, variant === 'computing').sweep
  if (noun === 'accounts' && id && part === 'timeline') return accountTimeline(souls, id)
  if (noun === 'accounts' && id) return part === 'members' ? accountMembers(souls, id) : account(souls, id)
  if (noun === 'accounts') return accounts(souls, params.get('query') ?? '')
  if (noun === 'definitions') return definitions([id ?? '', part ?? '', ...rest])
  if (noun === 'start') return start(souls.length)
  if (noun === 'simulator') return lettersToNobody
  if (noun === 'sources') return id ? source(id) : sources(variant === 'empty')
  if (noun === 'dead-letters') return id === 'faults' ? faults(params.get('source'), variant === 'empty') : id ? deadLetter(id) : deadLetters(params, variant === 'empty')
  if (noun === 'questions') return id === 'tables' ? tables : { questions: kept }
  if (noun !== 'people') return undefined
  const limit = Number(params.get('limit') ?? 50)
  const cursor = params.get('cursor') ?? ''
  if (!id) {
    const filter: Filter = {}
    for (const key of FILTER_KEYS) if (params.get(key)) filter[key] = params.get(key) ?? ''
    return people(souls, filter, limit, cursor)
  }
  const soul = souls.find((s) => s.id === id)
  if (!soul) return undefined
  if (part === 'timeline') return timeline(soul, limit, cursor)
  if (part === 'belief') return belief(soul)
  if (part === 'consent-history') return consentHistory(soul)
  if (part === 'identities') return identities(soul)
  return part === 'why' ? why(soul) : { ...person(soul), accounts: accountsOf(souls, soul) }
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json')
  res.end(body === undefined ? '' : JSON.stringify(body))
}

/** Server-sent events: what has arrived, and then silence. */
function stream(res: ServerResponse, events: LiveEvent[]): void {
  res.setHeader('Content-Type', 'text/event-stream')
  res.write('retry: 2000\n\n')
  for (const e of events) res.write(`id: ${e.id}\nevent: arrived\ndata: ${JSON.stringify(e)}\n\n`)
}

async function readJSON(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of req) text += String(chunk)
  return text ? (JSON.parse(text) as Record<string, unknown>) : {}
}

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://fixture')
  const variant = (/fixture=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? 'lively') as Variant
  const path = url.pathname.replace(/^\/api\/v1/, '')
  if (path === '/session') {
    const token = (await readJSON(req)).token
    if (req.method === 'POST' && token !== 'letmein') return send(res, 401, { error: { message: 'This is not the admin token.', field: 'token', kind: 'denied' } })
    res.setHeader('Set-Cookie', `fixture=${req.method === 'POST' ? 'lively' : 'signedout'}; Path=/`)
    return send(res, 204, undefined)
  }
  if (variant === 'signedout') return send(res, 401, { title: 'Unauthorized', detail: 'sign in first' })
  if (variant === 'error' && path !== '/workspace') return send(res, 500, { title: 'Internal Server Error', detail: 'state store: the disk is full' })
  if (variant === 'slow' && path !== '/workspace') return
  if (path === '/questions/run') {
    const { sql, limit } = await readJSON(req)
    const found = run(world(variant).souls, String(sql), Number(limit))
    return typeof found === 'string' ? send(res, 422, { title: 'Unprocessable Entity', detail: found }) : send(res, 200, found)
  }
  if (path === '/events/live') return stream(res, variant === 'empty' ? [] : arrivals())
  const [, noun = '', id = '', part = '', last = ''] = path.split('/')
  if (noun === 'sources' && req.method !== 'GET') {
    const body = await readJSON(req)
    if (last === 'try') return send(res, 200, tryWebhook(body))
    return changeSource(id, part, body) ? send(res, 200, source(id)) : send(res, 404, { error: { message: 'There is no such source.', kind: 'not_found' } })
  }
  if (noun === 'experiments' && req.method === 'POST') {
    const body = await readJSON(req)
    end(id, typeof body.winner === 'string' ? body.winner : '')
    return send(res, 200, apply({ message: body.message }, 'current'))
  }
  if (noun === 'definitions' && req.method === 'POST') {
    const body = await readJSON(req)
    if (part === 'restore') begin()
    return send(res, 200, id === 'validate' ? validate(String(body.yaml)) : apply(body, part === 'restore' ? id : undefined))
  }
  if (noun === 'workspace' && req.method === 'PUT') {
    Object.assign(workspace, await readJSON(req))
    return send(res, 204, undefined)
  }
  const body = answer(variant, path, url.searchParams)
  send(res, body === undefined ? 404 : 200, body ?? { error: { message: 'There is no such person or goal.', kind: 'not_found' } })
}

/** The fixture server, for development and the browser test. It is not part of the build. */
export function fixtures(): Plugin {
  const middleware = (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    if (!req.url?.startsWith('/api/')) return next()
    handle(req, res).catch((error: unknown) => send(res, 500, { title: 'The fixture server broke', detail: String(error) }))
  }
  return {
    name: 'rapport-fixtures',
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => {
      server.middlewares.use((_, res, next) => {
        res.setHeader('Content-Security-Policy', policy)
        next()
      })
      server.middlewares.use(middleware)
    },
  }
}
