import { useQuery } from '@tanstack/react-query'

import { courseQuery } from '@api/decisions'
import type { GoalCourse } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatPercent } from '@lib/formatPercent'
import { Failed, Skeleton } from '@ui/States'

import { CoursePicture } from './CoursePicture'
import './Course.css'

/** What a person had earned by each day since they joined, and who still comes: treated beside held out. */
export function Course({ goal, kpi, currency }: { goal: string; kpi: string; currency: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(courseQuery(goal))
  if (error) return <Failed error={error} what="What it brought over time" retry={() => void refetch()} />
  if (!data) return <Skeleton rows={2} height={232} what="what it brought over time" />
  return <Drawn of={data} kpi={kpi} currency={currency} />
}

function Drawn({ of: c, kpi, currency }: { of: GoalCourse; kpi: string; currency: string }): React.JSX.Element {
  return (
    <div className="course">
      <CoursePicture
        title={`${kpi} a person, by days since joining`}
        words={c.sentence}
        note="Bands: 95 % at each day."
        days={c.days}
        of={(arm) => arm.earned}
        seen={(arm) => arm.people > 1}
        format={(v) => formatUnits(v, currency)}
      />
      <CoursePicture
        title="Still coming by themselves"
        words={`Who has done nothing of their own for ${c.gap_days} days counts as gone since they last did.`}
        note="Kaplan-Meier; bands: 95 % for all days at once."
        days={c.days}
        of={(arm) => arm.here}
        seen={(_, i) => (c.people[i] ?? 0) > 1}
        format={formatPercent}
        top={1}
      />
    </div>
  )
}
