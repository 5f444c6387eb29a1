// Collects the JSON Schemas of zod schemas: named ones once and by reference, others in place.
import { z } from 'zod';

export interface JsonSchema {
  [keyword: string]: unknown;
}

/** Schemas with transforms differ between the sender (`input`) and the receiver (`output`). */
export type Direction = 'input' | 'output';

interface Named {
  body: JsonSchema;
  /** Names of schemas that the body refers to. */
  uses: Set<string>;
}

interface Reference {
  at: JsonSchema;
  id: string;
  direction: Direction;
}

const dialects = {
  'draft-2020-12': '$defs',
  'draft-7': 'definitions',
} as const;

/** The schemas of one document. References are only right once `components` was called. */
export class SchemaBook {
  readonly #dialect: keyof typeof dialects;
  readonly #place: string;
  readonly #named = { input: new Map<string, Named>(), output: new Map<string, Named>() };
  readonly #references: Reference[] = [];

  /** `place`: prefix of references to named schemas, such as `#/components/schemas/`. */
  constructor(dialect: keyof typeof dialects, place: string) {
    this.#dialect = dialect;
    this.#place = place;
  }

  /** Returns the JSON Schema, or a reference to it if it has a name (`.meta({ id })`). */
  describe(schema: z.ZodType, direction: Direction): JsonSchema {
    // zod makes a reference of a named schema inside a list, but not at the top.
    const { items } = this.#convert(z.array(schema), direction);
    if (!isJson(items)) throw new Error('a list without items');
    return items;
  }

  /** Returns the JSON Schema itself, even if it has a name. */
  inline(schema: z.ZodType, direction: Direction): JsonSchema {
    return this.#convert(schema, direction);
  }

  #convert(schema: z.ZodType, direction: Direction): JsonSchema {
    const converted: JsonSchema = { ...convert(schema, this.#dialect, direction) };
    const named = converted[dialects[this.#dialect]];
    for (const key of ['$schema', dialects[this.#dialect], 'id']) delete converted[key];
    this.#collect(converted, direction);
    if (isJson(named)) {
      for (const [id, body] of Object.entries(named))
        if (isJson(body)) this.#add(id, body, direction);
    }
    return converted;
  }

  #add(id: string, body: JsonSchema, direction: Direction): void {
    if (id.startsWith('__')) throw new Error('a schema that names itself needs a name');
    const known = this.#named[direction].get(id);
    if (known === undefined) {
      const uses = new Set<string>();
      const named = { body, uses };
      // Added before its references are collected, since it may refer to itself.
      this.#named[direction].set(id, named);
      this.#collect(body, direction, uses);
    } else if (!Bun.deepEquals(known.body, body)) {
      throw new Error(`two schemas are called ${id}`);
    }
  }

  #collect(json: JsonSchema, direction: Direction, uses?: Set<string>): void {
    const prefix = `#/${dialects[this.#dialect]}/`;
    for (const [key, value] of Object.entries(json)) {
      if (key === '$ref' && typeof value === 'string' && value.startsWith(prefix)) {
        const id = value.slice(prefix.length);
        uses?.add(id);
        this.#references.push({ at: json, id, direction });
      } else if (Array.isArray(value)) {
        for (const entry of value) if (isJson(entry)) this.#collect(entry, direction, uses);
      } else if (isJson(value)) this.#collect(value, direction, uses);
    }
  }

  /** Returns all named schemas; those that differ by direction twice, as `X` and as `XInput`. */
  components(): Record<string, JsonSchema> {
    const { input, output } = this.#named;
    const differing = this.#differing();
    const nameOf = (id: string, direction: Direction) =>
      direction === 'input' && differing.has(id) ? `${id}Input` : id;
    for (const { at, id, direction } of this.#references) {
      at['$ref'] = `${this.#place}${nameOf(id, direction)}`;
    }
    const all = new Map<string, JsonSchema>();
    for (const [id, { body }] of input) all.set(nameOf(id, 'input'), body);
    for (const [id, { body }] of output) {
      if (all.has(id) && !input.has(id)) throw new Error(`${id} is the name of two schemas`);
      all.set(id, body);
    }
    return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Returns the names whose schemas, or schemas that they refer to, differ by direction. */
  #differing(): Set<string> {
    const { input, output } = this.#named;
    const differing = new Set<string>();
    for (let before = -1; before < differing.size;) {
      before = differing.size;
      for (const [id, { body, uses }] of input) {
        const other = output.get(id);
        if (other === undefined) continue;
        const same =
          Bun.deepEquals(other.body, body) && ![...uses].some((used) => differing.has(used));
        if (!same) differing.add(id);
      }
    }
    return differing;
  }
}

function isJson(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function convert(schema: z.ZodType, target: keyof typeof dialects, io: Direction): JsonSchema {
  return z.toJSONSchema(schema, {
    target,
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      // Responses may gain fields, which clients must not refuse.
      if (def.type === 'object' && !('catchall' in def && def.catchall) && io === 'output') {
        delete jsonSchema.additionalProperties;
      }
      forgetWire(jsonSchema);
      forgetSafeRange(jsonSchema);
      // zod leaves out the default of a schema with a transform, even if `.meta` states it.
      const said = z.globalRegistry.get(zodSchema)?.['default'];
      if (said !== undefined) Object.assign(jsonSchema, { default: said });
    },
  });
}

/** Removes the safe range that zod gives every integer: it is no rule of the field. */
function forgetSafeRange(json: JsonSchema): void {
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
}

/** Removes rules for strings if `.meta` names a type that is not string. */
function forgetWire(json: JsonSchema): void {
  if (json['type'] === 'string' || json['type'] === undefined) return;
  delete json['pattern'];
  const { type, enum: values } = json;
  if (Array.isArray(values) && values.some((value) => typeof value !== jsType(type))) {
    delete json['enum'];
  }
}

function jsType(type: unknown): unknown {
  return type === 'integer' ? 'number' : type;
}
