import { useRef } from 'react'

import { useWidth } from '@lib/useWidth'
import { Columns } from '@ui/chart/Columns'
import { Keys } from '@ui/chart/Keys'
import { Lines } from '@ui/chart/Lines'
import { Rows } from '@ui/chart/Rows'

const WEEK = 7 * 86_400_000
const at = (i: number): number => Date.UTC(2026, 0, 5) + i * WEEK
const series = ['Order placed', 'Paid at the till', 'Order again'].map((name, s) => ({ name, points: Array.from({ length: 18 }, (_, i) => ({ x: at(i), y: Math.round((60 - s * 18) * (1 + 0.3 * Math.sin(i / 2 + s)) + i * (s === 0 ? 1.5 : 0.4)) })) }))
const names = ['Landing page', 'Product page', 'Basket', 'مركز المساعدة', 'Click and collect reserved at the counter']
const efforts = (['unprompted', 'response', 'outreach'] as const).map((name, s) => ({ name, points: names.map((_, x) => ({ x, y: Math.round((900 - x * 160) / (1 + s * 2)) })) }))

/** One style for all pictures: ink, dash and a name at the end; colour for effort alone. */
export function Pictures(): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const half = width > 720 ? (width - 48) / 2 : width
  return (
    <section className="section" aria-labelledby="pictures">
      <h2 id="pictures">Pictures</h2>
      <p className="note">Drawn as SVG with visx. Each has its table, and says what it leaves out. Lines are named where they end; bars have their numbers at them.</p>
      <div ref={box} className="design-pictures">
        {width > 0 && (
          <>
            <figure role="img" aria-label="Lines, as an example">
              <Lines series={series} width={half} time />
            </figure>
            <figure role="img" aria-label="Columns, as an example">
              <Columns series={series} width={half} />
            </figure>
            <figure aria-label="Rows, as an example">
              <Keys of={efforts.map((s) => s.name)} />
              <Rows series={efforts} names={names} />
            </figure>
          </>
        )}
      </div>
    </section>
  )
}
