/** ApiError is an answer that was not 2xx, or no answer (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly field = '',
  ) {
    super(detail || title)
  }
}

const base = '/api/v1'

interface Call {
  method?: string
  body?: unknown
  signal?: AbortSignal
}

export async function call<T>(path: string, { method = 'GET', body, signal }: Call = {}): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(base + path, {
      method,
      signal: signal ?? null,
      credentials: 'same-origin',
      headers: body === undefined ? { Accept: 'application/json' } : { Accept: 'application/json', 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError(0, 'Rapport does not answer', 'The server could not be reached. It may be restarting: check that the process runs, then try again.')
  }
  const text = await answer.text()
  if (!answer.ok) throw readError(answer.status, text)
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(answer.status, 'The answer was not JSON', `${method} ${base}${path} answered with something else; a proxy may be in between.`)
  }
}

/** readError understands RFC 9457 problem details and Rapport's own form. */
export function readError(status: number, text: string): ApiError {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return new ApiError(status, `The server answered ${status}`, text.slice(0, 300))
  }
  const problem = asRecord(parsed)
  const own = asRecord(problem.error)
  if (own.message !== undefined) return new ApiError(status, titleOf(status), str(own.message), str(own.field))
  const parts = (Array.isArray(problem.errors) ? problem.errors : []).map((e) => str(asRecord(e).message)).filter(Boolean)
  return new ApiError(status, str(problem.title) || titleOf(status), [str(problem.detail), ...parts].filter(Boolean).join(': '))
}

const asRecord = (v: unknown): Record<string, unknown> => (v !== null && typeof v === 'object' ? (v as Record<string, unknown>) : {})
const str = (v: unknown): string => (typeof v === 'string' ? v : '')

function titleOf(status: number): string {
  if (status === 404) return 'Not found'
  if (status === 401) return 'Not signed in'
  if (status >= 500) return 'Something broke in the server'
  return 'The server refused this'
}
