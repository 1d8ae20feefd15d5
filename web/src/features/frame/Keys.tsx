import { Modal } from '@ui/Panel'

import { keys, others, pages } from './pages'

/** Every key of the console. */
export function Keys({ onClose }: { onClose: () => void }): React.JSX.Element {
  return (
    <Modal title="Keys" words="Two keys are pressed one after the other. While you write they are letters." onClose={onClose}>
      {/* There is more of it than fits, so it takes focus to scroll by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="keys-columns" role="group" aria-label="All keys" tabIndex={0}>
        <List title="Go to" of={[...pages, ...others]} />
        <List title="Anywhere" of={keys} />
      </div>
    </Modal>
  )
}

const List = ({ title, of }: { title: string; of: readonly { name: string; keys: string }[] }): React.JSX.Element => (
  <section className="section">
    <h3>{title}</h3>
    <dl className="facts">
      {of.map((k) => (
        <div key={k.keys}>
          <dt>{k.name}</dt>
          <dd>
            {k.keys.split(' ').map((key) => (
              <kbd key={key} className="key">
                {key}
              </kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  </section>
)
