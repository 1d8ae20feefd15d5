import { scalarWithin } from '@lib/yaml'

import { lastOf, touchpointsOf } from './change'

/** A touchpoint that is being put on the map. */
export interface Draft {
  id: string
  name: string
  stage: string
  channel: string
  direction: 'inbound' | 'outbound'
  event: string
  window_days: number
}

/** Its suggested name: an event as it is called, without what kind of call it is. */
export const nameFor = (event: string): string => event.replace(/^(page|screen):/, '').replace(/_/g, ' ')

/**
 * The definitions with one more touchpoint: a line after the last of its stage,
 * else at the end of the list, set in as the others are. All else stays as it is
 * written. Null where the text has no list of touchpoints that lines can be added to.
 */
export function withTouchpoint(yaml: string, t: Draft): string | null {
  const { maps, flow } = touchpointsOf(yaml)
  const after = maps.findLast((m) => m.get('stage') === t.stage) ?? maps.at(-1)
  if (!after || flow) return null
  const dash = yaml.lastIndexOf('-', after.range?.[0] ?? 0)
  const indent = dash - (yaml.lastIndexOf('\n', dash) + 1)
  const end = yaml.indexOf('\n', lastOf(after))
  const row = `${' '.repeat(indent)}- {id: ${t.id}, name: ${scalarWithin(t.name)}, stage: ${scalarWithin(t.stage)}, channel: ${scalarWithin(t.channel)}, direction: ${t.direction}, events: [${scalarWithin(t.event)}], window: ${t.window_days}d}`
  return end < 0 ? `${yaml}\n${row}` : `${yaml.slice(0, end + 1)}${row}\n${yaml.slice(end + 1)}`
}
