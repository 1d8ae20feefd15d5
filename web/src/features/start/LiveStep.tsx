import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useSetLive } from '@api/mutations'
import { workspaceQuery } from '@api/queries'
import { Button } from '@ui/Button'
import { Refused } from '@ui/Refused'

/** Puts one’s own address on the allow-list, so that nothing can leave to anybody else. */
export function LiveStep({ next }: { next: () => void }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const [address, setAddress] = useState('')
  const set = useSetLive()
  const allow = workspace?.allow ?? []
  return (
    <form
      className="section"
      onSubmit={(e) => {
        e.preventDefault()
        set.mutate({ live: 'disarmed', allow: [...new Set([...allow, address.trim()])] }, { onSuccess: next })
      }}
    >
      <label className="form-row start-field">
        <span className="small">Your e-mail address</span>
        <input className="field" type="text" inputMode="email" autoComplete="email" value={address} onChange={(e) => setAddress(e.target.value)} placeholder={allow[0] ?? 'you@your-company.example'} maxLength={320} required />
      </label>
      <p className="start-acts">
        <Button type="submit" look="main" disabled={set.isPending || address.trim() === ''}>
          Go live for me only
        </Button>
        {allow.length > 0 && <Button onClick={next}>Go on</Button>}
      </p>
      <Refused error={set.error} />
    </form>
  )
}
