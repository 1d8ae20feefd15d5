import type { QueryClient } from '@tanstack/react-query'
import { useQuery } from '@tanstack/react-query'

import { definitionQuery, versionsQuery } from '@api/definitions'
import { keptDraft } from '@lib/draft'
import { formatMoment } from '@lib/formatTime'

const DRAFT = 'draft'

/** The text of what is compared with. */
export async function text(client: QueryClient, versus: string): Promise<string | undefined> {
  if (versus === DRAFT) return keptDraft()?.text
  return (await client.ensureQueryData(definitionQuery(versus))).yaml
}

/** Which other definitions to play beside those in force: the draft of this tab, or an earlier version. */
export function Versus({ chosen, onChoose }: { chosen: string; onChoose: (versus: string) => void }): React.JSX.Element {
  const { data } = useQuery(versionsQuery)
  const earlier = [...new Map((data?.versions ?? []).filter((v) => v.hash !== data?.in_force).map((v) => [v.hash, v])).values()]
  return (
    <label className="form-row">
      <span className="small">Beside those in force</span>
      <select className="field" value={chosen} onChange={(e) => onChoose(e.target.value)}>
        <option value="">nothing</option>
        {keptDraft() && <option value={DRAFT}>the draft on the Definitions page</option>}
        {earlier.map((v) => (
          <option key={v.hash} value={v.hash}>
            {v.number ? `version ${v.number}` : v.hash.slice(0, 8)}
            {v.at ? `, ${formatMoment(v.at)}` : ''}
          </option>
        ))}
      </select>
    </label>
  )
}
