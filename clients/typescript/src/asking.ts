/** What the server answered that was no success, or that there was no answer (status 0). */
export class RapportError extends Error {
  override readonly name = 'RapportError'

  constructor(
    readonly status: number,
    message: string,
    /** The offending field, in the words of the request; may be empty. */
    readonly field = '',
  ) {
    super(message)
  }
}

const putOff = new Set([429, 502, 503, 504])

/**
 * A fetch that waits and asks again while the server puts it off, or gives no answer to
 * a request that may be made twice; and that throws {@link RapportError} for an error.
 */
export function asking(ask: (request: Request) => Promise<Response>, attempts: number): (request: Request) => Promise<Response> {
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      let answer: Response | undefined
      let broken: unknown
      try {
        answer = await ask(request.clone())
      } catch (cause) {
        if (request.signal.aborted) throw cause
        broken = cause
      }
      if (answer?.ok) return answer
      const again = answer ? putOff.has(answer.status) && repeatable(request, answer.status) : repeatable(request, 0)
      if (!again || attempt >= attempts) {
        if (answer) throw await refused(answer)
        throw new RapportError(0, `Rapport does not answer at ${new URL(request.url).origin}: ${String(broken)}`)
      }
      await pause(waitFor(answer, attempt), request.signal)
    }
  }
}

/**
 * Reading changes nothing, and what is sent by /v1/ has a message id by which it counts
 * once. 429 says that nothing was done.
 */
function repeatable(request: Request, status: number): boolean {
  return status === 429 || request.method === 'GET' || new URL(request.url).pathname.startsWith('/v1/')
}

/** In milliseconds: as the server asks, else from half a second doubling to half a minute, with jitter. */
function waitFor(answer: Response | undefined, attempt: number): number {
  const asked = Number(answer?.headers.get('Retry-After') ?? NaN)
  if (asked >= 0) return asked * 1000
  return Math.min(30_000, 500 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
}

/** Waits, or throws the signal's reason when it is aborted first. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const stopped = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stopped)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stopped, { once: true })
  })
}

/** Reads RFC 9457 problem details, and the tracking API's own form. */
async function refused(answer: Response): Promise<RapportError> {
  const text = await answer.text()
  try {
    const said = JSON.parse(text) as { detail?: string; field?: string; error?: { message?: string; field?: string } }
    const message = said.error?.message ?? said.detail
    if (message) return new RapportError(answer.status, message, said.error?.field ?? said.field)
  } catch {
    // not from Rapport but from a proxy in between
  }
  return new RapportError(answer.status, `answered ${answer.status}: ${text.slice(0, 300)}`)
}
