import { lazy, Suspense } from 'react'
import type { ComponentProps } from 'react'

import { Skeleton } from '@ui/States'

const Editor = lazy(() => import('./DefinitionEditor').then((m) => ({ default: m.DefinitionEditor })))

/** The editor, and its shape while it is fetched. */
export const LazyEditor = (props: ComponentProps<typeof Editor>): React.JSX.Element => (
  <div className="definitions-frame">
    <Suspense fallback={<Skeleton rows={18} height={32} what="the editor" />}>
      <Editor {...props} />
    </Suspense>
  </div>
)
