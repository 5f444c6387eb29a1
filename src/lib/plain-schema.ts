// Rewrites JSON Schemas into the forms that generators of clients understand.

export interface JsonSchema {
  [keyword: string]: unknown;
}

export function isJson(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Schemas with transforms differ between the sender (`input`) and the receiver (`output`). */
export type Direction = 'input' | 'output';

interface Options {
  direction: Direction;
  /** Whether the properties of the schema itself keep `default`, as parameters of a query do. */
  keepsDefaults?: boolean;
}

/**
 * Returns an equal schema in plainer words, but for what follows. A tuple becomes a list of that
 * length. What is always null becomes text or null, what is always true or always 1 any such value:
 * its description and its example say what it is.
 * A default moves into the description, since generators take a property with a default for one that
 * is always there.
 */
export function plain(schema: JsonSchema, options: Options): JsonSchema {
  const { direction, keepsDefaults = false } = options;
  const inner = mapped(schema, (one) => plain(one, { direction }), keepsDefaults);
  return rewrites.reduce((json, rewrite) => rewrite(json, direction), inner);
}

/** Returns the schema with null as one more value. */
export function orNull(schema: JsonSchema): JsonSchema {
  if (takesNull(schema)) return schema;
  const { description, ...one } = schema;
  const union = nullableScalar({ anyOf: [one, { type: 'null' }] });
  return description === undefined ? union : { ...union, description };
}

function takesNull({ type, anyOf }: JsonSchema): boolean {
  if (listOf(anyOf).some(takesNull)) return true;
  return isNull({ type }) || (Array.isArray(type) && type.includes('null'));
}

const rewrites: readonly ((json: JsonSchema, direction: Direction) => JsonSchema)[] = [
  plainTuple,
  plainNull,
  nullableScalar,
  singlePattern,
  withoutAnyKey,
  textualConst,
  longInteger,
];

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const singles = ['items', 'additionalProperties', 'propertyNames', 'not'];
const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items'];
const byName = ['properties', 'patternProperties', '$defs', 'definitions'];

function mapped(
  schema: JsonSchema,
  each: (one: JsonSchema) => JsonSchema,
  keepsDefaults: boolean,
): JsonSchema {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (lists.includes(key) && Array.isArray(value)) {
      // Beside other schemas, null stays null.
      return [key, value.map((one) => (isJson(one) && !isNull(one) ? each(one) : one))];
    }
    if (!isJson(value)) return [key, value];
    if (singles.includes(key)) return [key, each(value)];
    if (!byName.includes(key)) return [key, value];
    const isProperties = key === 'properties';
    const inner = Object.entries(value).map(([name, one]) => {
      if (!isJson(one)) return [name, one];
      const made = each(one);
      return [name, isProperties && !keepsDefaults ? defaultTold(made) : made];
    });
    return [key, Object.fromEntries(inner)];
  });
  return Object.fromEntries(entries);
}

function listOf(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

/** A list of so many entries: most generators know neither `prefixItems` nor `items: false`. */
function plainTuple({ prefixItems, additionalItems, ...json }: JsonSchema): JsonSchema {
  const entries = listOf(prefixItems ?? (Array.isArray(json['items']) ? json['items'] : []));
  if (entries.length === 0) {
    return additionalItems === undefined ? json : { ...json, additionalItems };
  }
  const different = entries.filter(
    (one, at) => entries.findIndex((other) => Bun.deepEquals(one, other)) === at,
  );
  const items = different.length === 1 ? different[0] : { anyOf: different };
  return { ...json, items, minItems: entries.length, maxItems: entries.length };
}

/** Some generators know no type of which null is the only value. */
function plainNull(json: JsonSchema): JsonSchema {
  if (!isNull(json)) return json;
  return { description: 'always null', examples: [null], ...json, type: ['string', 'null'] };
}

/** `type: ['string', 'null']`, as far as a type alone can say it. */
function nullableScalar({ anyOf, ...json }: JsonSchema): JsonSchema {
  if (anyOf === undefined) return json;
  const options = listOf(anyOf);
  const [only, ...others] = options.filter((one) => !isNull(one));
  const isScalar =
    options.length === 2 &&
    others.length === 0 &&
    typeof only?.['type'] === 'string' &&
    !['object', 'array'].includes(only['type']) &&
    !('enum' in only || 'const' in only);
  if (!isScalar) return { ...json, anyOf };
  return { ...only, ...json, type: [only['type'], 'null'] };
}

function isNull(json: JsonSchema): boolean {
  return json['type'] === 'null';
}

/** Where a schema states one pattern for all of its checks, those of the checks go. */
function singlePattern({ allOf, ...json }: JsonSchema): JsonSchema {
  if (allOf === undefined) return json;
  const stays = json['pattern'] === undefined || !listOf(allOf).every(isPattern);
  return stays ? { ...json, allOf } : json;
}

function isPattern(json: JsonSchema): boolean {
  return Object.keys(json).every((key) => key === 'pattern');
}

/** Every key of an object is a string. */
function withoutAnyKey({ propertyNames, ...json }: JsonSchema): JsonSchema {
  if (propertyNames === undefined) return json;
  const says = isJson(propertyNames) && Object.keys(propertyNames).some((key) => key !== 'type');
  return says ? { ...json, propertyNames } : json;
}

/** Some generators take every constant for a text. */
function textualConst(json: JsonSchema): JsonSchema {
  const { const: value, ...others } = json;
  if (value === undefined) return json;
  if (typeof value === 'string') return { type: 'string', ...json };
  const type = Number.isInteger(value) ? 'integer' : typeof value;
  return { type, description: `always ${JSON.stringify(value)}`, examples: [value], ...others };
}

/** Tells where a number needs more than 32 bits, which is what many languages take for it. */
function longInteger(json: JsonSchema, direction: Direction): JsonSchema {
  if (![json['type']].flat().includes('integer') || 'format' in json || 'const' in json) {
    return json;
  }
  // What a response has no bounds for is small, unless its own schema says otherwise.
  const unbounded = direction === 'input' ? Infinity : 0;
  const { minimum = -unbounded, maximum = unbounded } = json;
  const isLong = Number(minimum) < -(2 ** 31) || Number(maximum) >= 2 ** 31;
  return isLong ? { ...json, format: 'int64' } : json;
}

/** Says the default in words. */
function defaultTold({ default: value, ...json }: JsonSchema): JsonSchema {
  if (value === undefined) return json;
  const told = `by default ${JSON.stringify(value)}`;
  const { description } = json;
  return {
    ...json,
    description: typeof description === 'string' ? `${description}; ${told}` : told,
  };
}
