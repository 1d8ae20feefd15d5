import { useState } from 'react'

import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'

/** What a company signs the ids of its users with. It is a secret, and shown when asked for. */
export function IdentityKey({ value }: { value: string }): React.JSX.Element {
  const [shown, setShown] = useState(false)
  return (
    <>
      <p className="quiet">
        The identity key says who a visitor is: your server sends <code>userHash</code>, the hex HMAC-SHA256 of the user id by this key, along with the page. It stays on your server.
      </p>
      {shown ? <Copy text={value} what="the identity key" /> : <p><Button onClick={() => setShown(true)}>Show the identity key</Button></p>}
    </>
  )
}
