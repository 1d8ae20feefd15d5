import type { Preview } from '@api/types'
import { cx } from '@ui/cx'
import { Empty } from '@ui/States'

import { MemberList } from './MemberList'

/** Some of those whom a rule means. */
export function Meant({ preview, stale }: { preview: Preview; stale: boolean }): React.JSX.Element {
  const people = preview.sample
  if (people.length === 0) return preview.exact ? <Empty title="It means nobody now">Whoever it comes to apply to would be in the segment.</Empty> : <Empty title="Nobody of those asked so far" />
  return (
    <section className={cx('section', stale && 'rule-stale')} aria-labelledby="meant">
      <h2 id="meant">{people.length === preview.count ? 'All of them' : 'Some of them, at random'}</h2>
      <MemberList people={people} />
    </section>
  )
}
