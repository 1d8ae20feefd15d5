import { ApiError } from '@api/client'

/** Why a form was not taken, with the field that is at fault. */
export function Refused({ error }: { error: Error | null }): React.JSX.Element | null {
  if (!error) return null
  return (
    <p className="form-error" role="alert">
      {error instanceof ApiError && error.field ? `${error.field}: ` : ''}
      {error.message}
    </p>
  )
}
