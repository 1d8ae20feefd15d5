import { Modal } from '@ui/Panel'

import { keys, others, pages } from './pages'

/** Every key of the console. */
export function Keys({ onClose }: { onClose: () => void }): React.JSX.Element {
  return (
    <Modal title="Keys" words="Two keys are pressed one after the other. While you write they are letters." onClose={onClose}>
      <div className="keys-columns">
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
