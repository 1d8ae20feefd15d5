import { Link } from '@tanstack/react-router'

import { Empty } from '@ui/States'

export function NotFound(): React.JSX.Element {
  return (
    <main id="main" className="page" tabIndex={-1}>
      <Empty title="There is no such page">
        <Link to="/map">Go to the map</Link>
      </Empty>
    </main>
  )
}
