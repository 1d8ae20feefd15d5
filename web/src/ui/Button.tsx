import type { ComponentProps } from 'react'

import { cx } from './cx'
import './Button.css'

type Props = ComponentProps<'button'> & { look?: 'plain' | 'main' | 'danger' | 'quiet' }

export function Button({ look = 'plain', className, type = 'button', ...rest }: Props): React.JSX.Element {
  return <button type={type} className={cx('button', `button-${look}`, className)} {...rest} />
}
