// @rudderstack/rudder-sdk-node, as a shop's server would use it.
import Analytics from '@rudderstack/rudder-sdk-node'

const [dataPlaneUrl, writeKey] = process.argv.slice(2)
const analytics = new Analytics(writeKey, { dataPlaneUrl, flushInterval: 100 })
const userId = 'rudder-node-1'
// It resolves a flush before the last of its requests is answered, so each call is waited for.
const call = (name, message) => new Promise((resolve, reject) => analytics[name](message, (err) => (err ? reject(err) : resolve())))
const all = [
  call('identify', { userId, traits: { plan: 'pro' } }),
  call('track', { userId, event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } }),
  call('page', { userId, name: 'Checkout' }),
  call('group', { userId, groupId: 'acme', traits: { name: 'Acme' } }),
  call('alias', { userId: 'rudder-node-2', previousId: userId }),
]
await analytics.flush()
await Promise.all(all)
