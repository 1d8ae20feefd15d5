import type { NewKey, SourceKind } from '@api/types'
import { curl } from '@lib/curl'
import { Copy } from '@ui/Copy'

/** A new write key, and how it is used. */
export function KeyOnce({ made, kind }: { made: NewKey; kind: SourceKind }): React.JSX.Element {
  if (kind === 'webhook') return <Copy text={made.write_key} what="the write key" />
  return (
    <div className="section">
      <Copy text={made.write_key} what="the write key" />
      <h3>A first event</h3>
      <Copy text={curl(made.write_key)} what="the command" lines />
    </div>
  )
}
