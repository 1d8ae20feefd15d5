import { useState } from 'react'
import type { FormEvent } from 'react'

import { useSignIn } from '@api/mutations'
import { Button } from '@ui/Button'

export function SignIn(): React.JSX.Element {
  const [token, setToken] = useState('')
  const signIn = useSignIn()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signIn.mutate(token.trim())
  }
  return (
    <main id="main" className="signin">
      <form onSubmit={submit}>
        <h1>Rapport</h1>
        <p className="answer">Sign in with the admin token</p>
        <p className="quiet">
          Rapport prints it when it starts for the first time, and keeps it as <code>admin_token</code> in the file <code>secrets.json</code> of its data folder.
          If the environment sets <code>RAPPORT_ADMIN_TOKEN</code>, it is that.
        </p>
        <label className="form-row">
          <span className="small">Admin token</span>
          {/* The one field of the page. */}
          {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
          <input className="field mono" type="password" autoComplete="current-password" autoFocus required value={token} onChange={(e) => setToken(e.target.value)} aria-describedby="signin-error" />
        </label>
        <p id="signin-error" className="form-error" role="alert" hidden={!signIn.error}>
          {signIn.error?.message}
        </p>
        <Button type="submit" look="main" disabled={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  )
}
