// Collects the JSON Schemas of zod schemas: named ones once and by reference, the others in place.
import { z } from 'zod';

export interface JsonSchema {
  [keyword: string]: unknown;
}

/** A schema that transforms looks different to who sends (`input`) and to who receives (`output`). */
export type Direction = 'input' | 'output';

interface Named {
  body: JsonSchema;
  /** The names that the body refers to. */
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

/** The schemas of one document. References are complete once `components` was called. */
export class SchemaBook {
  readonly #dialect: keyof typeof dialects;
  readonly #place: string;
  readonly #named = { input: new Map<string, Named>(), output: new Map<string, Named>() };
  readonly #references: Reference[] = [];

  /** `place`: where the document keeps its named schemas, such as `#/components/schemas/`. */
  constructor(dialect: keyof typeof dialects, place: string) {
    this.#dialect = dialect;
    this.#place = place;
  }

  /** The schema, or a reference to it where it has a name (`.meta({ id })`). */
  describe(schema: z.ZodType, direction: Direction): JsonSchema {
    // Inside a list a schema with a name becomes a reference; at the top it would not.
    const { items } = this.#convert(z.array(schema), direction);
    if (!isJson(items)) throw new Error('a list without items');
    return items;
  }

  /** The schema in place, whether it has a name or not. */
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
      // Before the references in it are gathered, since it may refer to itself.
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

  /** All named schemas; one that differs by direction is there twice, as `X` and, to send, as `XInput`. */
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

  /** The names that mean something else in each direction, by their own text or by what they refer to. */
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
      // Answers may gain fields: a client must not refuse them.
      if (def.type === 'object' && !('catchall' in def && def.catchall) && io === 'output') {
        delete jsonSchema.additionalProperties;
      }
      forgetWire(jsonSchema);
      forgetSafeRange(jsonSchema);
      // zod leaves out what a transform makes of a missing value, also where it is said.
      const said = z.globalRegistry.get(zodSchema)?.['default'];
      if (said !== undefined) Object.assign(jsonSchema, { default: said });
    },
  });
}

/** What zod says of every integer, that it fits into a double, is no bound of the field. */
function forgetSafeRange(json: JsonSchema): void {
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum'];
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum'];
}

/** Where `.meta` names another type than that of the text on the wire, what is said of the text goes. */
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
