import type { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'

import { parseSearch, stringifySearch } from '@lib/search'

import { accountRoute, accountsRoute } from './routes/accounts'
import { arrivalsRoute } from './routes/arrivals'
import { designRoute } from './routes/design'
import { decisionRoute, decisionsRoute, effectsRoute, leversRoute } from './routes/decisions'
import { definitionsRoute } from './routes/definitions'
import { experimentRoute, experimentsRoute } from './routes/experiments'
import { goalRoute, goalsRoute } from './routes/goals'
import { inboxRoute } from './routes/inbox'
import { journeyRoute, journeysRoute } from './routes/journeys'
import { conversationRoute, conversationsRoute, parityRoute } from './routes/conversations'
import { lettersRoute } from './routes/letters'
import { indexRoute, loopRoute } from './routes/loop'
import { mapRoute } from './routes/map'
import { messageRoute, messagesRoute } from './routes/messages'
import { peopleRoute, personRoute } from './routes/people'
import { questionsRoute } from './routes/questions'
import { rehearsalRoute } from './routes/rehearsal'
import { rootRoute } from './routes/root'
import { ruleRoute, segmentRoute, segmentsRoute } from './routes/segments'
import { settingsRoute } from './routes/settings'
import { modelRoute, statesRoute } from './routes/states'
import { sourceRoute, sourcesRoute } from './routes/sources'
import { startRoute } from './routes/start'

const routeTree = rootRoute.addChildren([indexRoute, mapRoute, peopleRoute, personRoute, segmentsRoute, segmentRoute, ruleRoute, goalsRoute, goalRoute, experimentsRoute, experimentRoute, accountsRoute, accountRoute, questionsRoute, definitionsRoute, rehearsalRoute, inboxRoute, journeysRoute, journeyRoute, conversationsRoute, conversationRoute, parityRoute, sourcesRoute, sourceRoute, arrivalsRoute, lettersRoute, loopRoute, statesRoute, modelRoute, decisionsRoute, decisionRoute, effectsRoute, leversRoute, messagesRoute, messageRoute, settingsRoute, designRoute, startRoute])

export const makeRouter = (queryClient: QueryClient) =>
  createRouter({ routeTree, context: { queryClient }, parseSearch, stringifySearch, scrollRestoration: true, defaultPreload: 'intent', defaultPreloadStaleTime: 0 })
