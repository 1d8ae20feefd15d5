import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'

import { definitionQuery, versionsQuery } from '@api/definitions'
import { Failed, Skeleton } from '@ui/States'

import { OldVersion } from './OldVersion'
import { Workbench } from './Workbench'
import './DefinitionsPage.css'

/** What the company is to Rapport: read, changed, and brought back. */
export function DefinitionsPage(): React.JSX.Element {
  const { version, at = '' } = useSearch({ from: '/definitions' })
  const versions = useQuery(versionsQuery)
  const current = useQuery(definitionQuery('current'))
  const error = versions.error ?? current.error
  const old = versions.data?.versions.find((v) => String(v.number) === version)
  const shown = old && old.number !== versions.data?.versions[0]?.number ? old : undefined
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Definitions · Rapport</title>
      {versions.data && current.data ? (
        shown ? (
          <OldVersion key={shown.number} of={shown} all={versions.data} />
        ) : (
          <Workbench key={at} all={versions.data} current={current.data} wanted={at} />
        )
      ) : error ? (
        <Failed
          error={error}
          what="The definitions"
          retry={() => {
            void versions.refetch()
            void current.refetch()
          }}
        />
      ) : (
        <Skeleton rows={20} height={32} what="the definitions" />
      )}
    </main>
  )
}
