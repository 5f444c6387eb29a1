// Collects the JSON Schemas of zod schemas: named ones once and by reference, others in place.
import { z } from 'zod';
import { isJson, orNull, plain, type Direction, type JsonSchema } from './plain-schema.ts';

export type { JsonSchema } from './plain-schema.ts';

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
  readonly #byName = { input: new Map<string, Named>(), output: new Map<string, Named>() };
  readonly #references: Reference[] = [];

  /** `place`: prefix of references to named schemas, such as `#/components/schemas/`. */
  constructor(dialect: keyof typeof dialects, place: string) {
    this.#dialect = dialect;
    this.#place = place;
  }

  /**
   * Returns the JSON Schema, or a reference to it if it has a name (`.meta({ id })`). `nulls`: fields
   * that take null, whatever the schema says.
   */
  describe(
    schema: z.ZodType,
    direction: Direction,
    { nulls = [] }: { nulls?: readonly string[] } = {},
  ): JsonSchema {
    // zod makes a reference of a named schema inside a list, but not at the top.
    const list = plain(convert(z.array(schema), this.#dialect, direction), { direction });
    const { items } = list;
    if (!isJson(items)) throw new Error('a list without items');
    addNulls(this.#named(list, items) ?? items, nulls);
    this.#collected(list, direction);
    return items;
  }

  /** Returns the JSON Schema itself, even if it has a name; its properties keep their defaults. */
  inline(schema: z.ZodType, direction: Direction): JsonSchema {
    const converted = convert(schema, this.#dialect, direction);
    return this.#collected(plain(converted, { direction, keepsDefaults: true }), direction);
  }

  /** Returns the named schema to which a part of the converted one refers. */
  #named(converted: JsonSchema, { $ref }: JsonSchema): JsonSchema | undefined {
    const named = converted[dialects[this.#dialect]];
    if (typeof $ref !== 'string' || !isJson(named)) return undefined;
    const found = named[$ref.split('/').at(-1) ?? ''];
    return isJson(found) ? found : undefined;
  }

  /** Takes what has a name out of the converted schema. */
  #collected(converted: JsonSchema, direction: Direction): JsonSchema {
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
    const known = this.#byName[direction].get(id);
    if (known === undefined) {
      const uses = new Set<string>();
      const named = { body, uses };
      // Added before its references are collected, since it may refer to itself.
      this.#byName[direction].set(id, named);
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
    const { input, output } = this.#byName;
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
    const { input, output } = this.#byName;
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

function addNulls({ properties }: JsonSchema, fields: readonly string[]): void {
  if (!isJson(properties)) return;
  for (const field of fields) {
    const before = properties[field];
    if (isJson(before)) properties[field] = orNull(before);
  }
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
  for (const key of ['pattern', 'minLength', 'maxLength']) delete json[key];
  const { type, enum: values } = json;
  if (Array.isArray(values) && values.some((value) => typeof value !== jsType(type))) {
    delete json['enum'];
  }
}

function jsType(type: unknown): unknown {
  return type === 'integer' ? 'number' : type;
}
