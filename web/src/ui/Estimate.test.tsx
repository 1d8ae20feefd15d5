import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'

import { Estimate } from './Estimate'
import { TipProvider } from './Tip'

const enough = { value: 0.412, low: 0.39, high: 0.43, people: 2340, enough: true }

const show = (ui: React.JSX.Element): unknown => render(<TipProvider>{ui}</TipProvider>)

test('an estimate says its value, its interval and what it rests on', async () => {
  show(<Estimate of={enough} against={{ value: 0.38, name: 'all touchpoints' }} />)
  const shown = screen.getByRole('img')
  expect(shown).toHaveTextContent(/^41\s%$/)
  expect(shown).toHaveAccessibleName('41\u00a0%, between 39\u00a0% and 43\u00a0%, from 2,340\u00a0people; all touchpoints 38\u00a0%.')
  await userEvent.tab()
  expect(shown).toHaveFocus()
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/between 39\s% and 43\s%/)
})

test('without enough evidence there is no number, but what is missing', () => {
  show(<Estimate of={{ ...enough, enough: false, note: 'about 9 days more.' }} />)
  const shown = screen.getByRole('img')
  expect(shown).toHaveTextContent('not enough evidence')
  expect(shown).not.toHaveTextContent('%')
  expect(shown).toHaveAccessibleName('Not enough evidence: about 9\u00a0days more.')
})
