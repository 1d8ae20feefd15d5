/** A command that sends one event to this server. */
export const curl = (writeKey: string): string =>
  [`curl -u ${writeKey}: ${location.origin}/v1/track \\`, `  -H 'Content-Type: application/json' \\`, `  -d '{"userId":"ada","event":"Product Viewed","properties":{"product":"linen shirt"}}'`].join('\n')
