import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'

import description from '../openapi.json'

describe('the description of the API', () => {
  it('is OpenAPI 3.1', async () => {
    const validator = new Validator()
    const result = await validator.validate(structuredClone(description))
    expect(result.errors).toBeUndefined()
    expect(validator.version).toBe('3.1')
  })

  it('would not pass if it were not', async () => {
    const wrong = structuredClone(description) as Record<string, unknown>
    wrong.paths = { '/api/v1/map': { get: { responses: { twohundred: {} } } } }
    expect((await new Validator().validate(wrong)).valid).toBe(false)
  })
})
