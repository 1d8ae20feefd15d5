// @segment/analytics-node, as a shop's server would use it.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey })
const userId = 'node-1'
analytics.identify({ userId, traits: { plan: 'pro' } })
analytics.track({ userId, event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } })
analytics.page({ userId, name: 'Checkout' })
analytics.group({ userId, groupId: 'acme', traits: { name: 'Acme' } })
analytics.alias({ userId: 'node-2', previousId: userId })
await analytics.closeAndFlush({ timeout: 60_000 })
