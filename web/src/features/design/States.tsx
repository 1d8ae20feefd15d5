import { ApiError } from '@api/client'
import { Button } from '@ui/Button'
import { Empty, Failed, Skeleton } from '@ui/States'

const broken = new ApiError(500, 'Something broke in the server', 'state store: the disk is full')

export function States(): React.JSX.Element {
  return (
    <section className="section" aria-labelledby="states">
      <h2 id="states">States of a list</h2>
      <p className="note">Empty says what will be here and gives the one action that fills it. Loading has the shape of what comes. Broken says what, where, and what to do. Crowded keeps its place: long lists draw only what is seen.</p>
      <div className="design-states">
        <div>
          <Empty title="No account has been met yet">
            An account appears with the first group call that names it. <Button>Copy a command</Button>
          </Empty>
        </div>
        <div>
          <Skeleton rows={4} height={40} what="an example" />
        </div>
        <div>
          <Failed error={broken} what="The people" retry={() => undefined} />
        </div>
      </div>
    </section>
  )
}
