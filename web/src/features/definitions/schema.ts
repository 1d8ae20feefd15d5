/** As much of a JSON Schema (2020-12) as definitions make use of. */
export interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  patternProperties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  type?: string | string[]
  required?: string[]
  description?: string
}

/** The schemas that may hold at a path; an item of a list is null. */
export function schemasAt(root: Schema, path: (string | null)[]): Schema[] {
  return path.reduce<Schema[]>(
    (schemas, key) =>
      schemas.flatMap((s) => {
        if (key === null) return s.items ? flat(root, s.items) : []
        const own = s.properties?.[key]
        if (own) return flat(root, own)
        const others = [...Object.values(s.patternProperties ?? {}), ...(typeof s.additionalProperties === 'object' ? [s.additionalProperties] : [])]
        return others.flatMap((o) => flat(root, o))
      }),
    flat(root, root),
  )
}

/** A schema and all that it may stand for. What is said beside a reference goes with it. */
function flat(root: Schema, s: Schema, depth = 0): Schema[] {
  if (depth > 12) return []
  const target = s.$ref?.startsWith('#/$defs/') ? root.$defs?.[s.$ref.slice('#/$defs/'.length)] : undefined
  const parts = [...(target ? [target] : []), ...(s.anyOf ?? []), ...(s.oneOf ?? []), ...(s.allOf ?? [])]
  return [s, ...parts.flatMap((p) => flat(root, p, depth + 1))]
}

export interface Offer {
  label: string
  /** What it is, in the words of the schema. */
  about: string
  /** Set for what has to be there. */
  required: boolean
}

/** The keys that can be written at a path, without those that are there. */
export function keysAt(root: Schema, path: (string | null)[], taken: string[]): Offer[] {
  const schemas = schemasAt(root, path)
  const required = new Set(schemas.flatMap((s) => (s.properties ? (s.required ?? []) : [])))
  const offers = new Map<string, Offer>()
  for (const s of schemas) {
    for (const [label, own] of Object.entries(s.properties ?? {})) {
      if (!taken.includes(label) && !offers.has(label)) offers.set(label, { label, about: aboutOf(flat(root, own)), required: required.has(label) })
    }
  }
  return [...offers.values()].sort((a, b) => Number(b.required) - Number(a.required))
}

/** The values that can be written at a path, where only some can. */
export function valuesAt(root: Schema, path: (string | null)[]): string[] {
  const schemas = schemasAt(root, path)
  const values = schemas.flatMap((s) => [...(s.enum ?? []), ...(s.const === undefined ? [] : [s.const]), ...(s.type === 'boolean' ? [true, false] : [])])
  return [...new Set(values.map(String))]
}

/** What a path is for. */
export const aboutAt = (root: Schema, path: (string | null)[]): string => aboutOf(schemasAt(root, path))

const aboutOf = (schemas: Schema[]): string => schemas.find((s) => s.description)?.description ?? ''
