import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'

import { useHotkeys } from './useHotkeys'

function Keys(props: { handlers: Record<string, () => void> }): React.JSX.Element {
  useHotkeys(props.handlers)
  return <input aria-label="field" />
}

test('a sequence, a single key and a chord each run their handler', async () => {
  const calls: string[] = []
  const on = (name: string) => () => void calls.push(name)
  render(<Keys handlers={{ 'g m': on('map'), 'g p': on('people'), '/': on('search'), 'mod+k': on('palette') }} />)
  const user = userEvent.setup()
  await user.keyboard('gm')
  await user.keyboard('gp')
  await user.keyboard('/')
  await user.keyboard('{Control>}k{/Control}')
  await user.keyboard('m')
  expect(calls).toEqual(['map', 'people', 'search', 'palette'])
})

test('keys typed into a field are the field’s own', async () => {
  const calls: string[] = []
  const screen = render(<Keys handlers={{ '/': () => void calls.push('search') }} />)
  const user = userEvent.setup()
  await user.type(screen.getByLabelText('field'), 'a/b')
  expect(calls).toEqual([])
  expect(screen.getByLabelText('field')).toHaveValue('a/b')
})
