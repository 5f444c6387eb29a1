// Makes an example of what a request sends or an answer holds, from its JSON Schema.
import { isJson, type JsonSchema } from '../lib/plain-schema.ts';
import { documentedPath, type Endpoint } from './endpoint.ts';

/** The named schemas of a document. */
export type Definitions = Readonly<Record<string, unknown>>;

const place = '#/components/schemas/';
/** Below this, lists are empty and what may be null is null. */
const maxDepth = 6;

/** What fields of these names look like, as far as their schema takes it. */
const known: Readonly<Record<string, readonly unknown[]>> = {
  username: ['anna'],
  display_name: ['Anna'],
  nickname: ['Annie'],
  nick: ['Annie'],
  password: ['correct horse'],
  old_password: ['correct horse'],
  current_password: ['correct horse'],
  new_password: ['battery staple'],
  token: ['5f0c7ab1e2d34c6f8a9b0c1d2e3f40515f0c7ab1e2d34c6f8a9b0c1d2e3f4051'],
  name: ['Garden', 'leaf'],
  server_name: ['Garden'],
  slug: ['garden'],
  topic: ['What grows, and where'],
  description: ['For everyone who likes to dig'],
  title: ['Roses'],
  content: ['Hello Bob'],
  emoji: ['🌱'],
  reason: ['spam'],
  note: ['for the new neighbours'],
  address: ['203.0.113.7'],
  device: ['daccord on Linux'],
  filename: ['rose.png'],
  content_type: ['image/png'],
  code: ['aB3dE5gH', '123456'],
  invite_code: ['aB3dE5gH'],
  registration_code: ['aB3dE5gH'],
  login_id: ['5f0c7ab1e2d34c6f8a9b0c1d2e3f4051'],
  backup_code: ['K7QX2MRD'],
  secret: ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
  ticket: ['9b0c1d2e3f40515f0c7ab1e2d34c6f8a9b0c1d2e3f40515f0c7ab1e2d34c6f8a'],
  recovery_code: ['hs7k-2f9d-0q3w-xr5m-b8vt-4n6c-zj1e-gp2y'],
  otpauth_uri: ['otpauth://totp/Accord:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Accord'],
  motd: ['Welcome'],
  tos_text: ['Be kind.'],
  bio: ['Roses, mostly'],
  search: ['rose'],
  version: ['1.0.0'],
  verification_level: ['none'],
  default_notifications: ['all'],
  explicit_content_filter: ['disabled'],
  nsfw_level: ['default'],
  premium_tier: ['none'],
  preferred_locale: ['en-US'],
  query: ['rose'],
  color: [0x2e8b57],
  accent_color: [0x2e8b57],
  size: [48_213],
  width: [640],
  height: [480],
  limit: [50],
};

const id = '385852588957892608';
const texts = (name: string): string[] => [
  id,
  '2026-11-30T18:00:00.000Z',
  `https://chat.example.org/${name}`,
  'a1b2c3d4',
  '123456',
  'data:image/png;base64,iVBORw0KGgo=',
  `${'A'.repeat(43)}=`,
  '🌱',
  'garden',
  'Garden',
];

/** Returns a value that the schema takes: with every field, or with those that must be there. */
export function exampleOf(
  schema: JsonSchema,
  definitions: Definitions,
  { least = false, name = '' } = {},
): unknown {
  return new Maker(definitions, least).make(schema, name, 0);
}

class Maker {
  readonly #definitions: Definitions;
  readonly #least: boolean;

  constructor(definitions: Definitions, least: boolean) {
    this.#definitions = definitions;
    this.#least = least;
  }

  make(given: unknown, name: string, depth: number): unknown {
    if (!isJson(given)) return null;
    const schema = this.#resolved(given);
    const { examples, const: value, enum: values, anyOf, oneOf, allOf } = schema;
    if (Array.isArray(examples) && examples.length > 0) return examples[0];
    if (value !== undefined) return value;
    if (Array.isArray(values)) return values[0];
    const options = [anyOf, oneOf, allOf].find((one) => Array.isArray(one));
    if (Array.isArray(options)) return this.make(this.#best(options), name, depth);
    return this.#ofType(schema, name, depth);
  }

  #resolved(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if (typeof $ref !== 'string') return schema;
    const found = this.#definitions[$ref.slice(place.length)];
    return isJson(found) ? found : {};
  }

  /** The first option that says most: null only if there is nothing else. */
  #best(options: readonly unknown[]): unknown {
    return options.find((one) => isJson(one) && one['type'] !== 'null') ?? options[0];
  }

  #ofType(schema: JsonSchema, name: string, depth: number): unknown {
    const types = [schema['type']].flat();
    const isDeep = depth >= maxDepth;
    if (isDeep && types.includes('null')) return null;
    const type = types.find((one) => one !== 'null');
    if (type === 'object') return this.#object(schema, depth);
    if (type === 'array') return this.#list(schema, name, isDeep ? maxDepth : depth);
    if (type === 'boolean') return true;
    if (type === 'integer' || type === 'number') return number(schema, name);
    return type === 'string' ? text(schema, name) : null;
  }

  #object({ properties, required }: JsonSchema, depth: number): unknown {
    if (!isJson(properties)) return {};
    const needed = Array.isArray(required) ? required : [];
    const shown = Object.entries(properties).filter(
      ([key, one]) =>
        needed.includes(key) ||
        (!this.#least && depth < maxDepth && !(isJson(one) && one['deprecated'] === true)),
    );
    return Object.fromEntries(shown.map(([key, one]) => [key, this.make(one, key, depth + 1)]));
  }

  #list({ items, minItems = 0 }: JsonSchema, name: string, depth: number): unknown[] {
    const wanted = Math.max(Number(minItems), depth >= maxDepth ? 0 : 1);
    const one = this.make(items, name.replace(/s$/, ''), depth + 1);
    return Array.from({ length: wanted }, () => one);
  }
}

function number({ minimum = 0, maximum = Infinity }: JsonSchema, name: string): number {
  const fits = (one: unknown) =>
    typeof one === 'number' && one >= Number(minimum) && one <= Number(maximum);
  const found = known[name]?.find(fits);
  return typeof found === 'number'
    ? found
    : Math.max(Number(minimum), Math.min(1, Number(maximum)));
}

function text(schema: JsonSchema, name: string): string {
  const { pattern, minLength = 0, maxLength = Infinity, format } = schema;
  if (format === 'binary') return 'the bytes of a file';
  if (format === 'date-time') return '2026-11-30T18:00:00.000Z';
  const rule = typeof pattern === 'string' ? new RegExp(pattern, 'u') : null;
  const fits = (one: unknown): one is string =>
    typeof one === 'string' &&
    one.length >= Number(minLength) &&
    one.length <= Number(maxLength) &&
    (rule?.test(one) ?? true);
  const named = known[name] ?? [];
  const ofName = name.endsWith('_id') || name.endsWith('_ids') ? [id] : [];
  const ofUrl = /url|image|icon|banner|avatar|picture/.test(name)
    ? [`https://chat.example.org/${name}`]
    : [];
  const asPlain = rule === null ? [inWords(name || 'text')] : [];
  const found = [...named, ...ofName, ...ofUrl, ...asPlain, ...texts(name)].find(fits);
  return found ?? 'x'.repeat(Number(minLength));
}

/** Returns the name of a field as a phrase: `an action type`. */
function inWords(name: string): string {
  return `${/^[aeiou](?!ser)/.test(name) ? 'an' : 'a'} ${name.replaceAll('_', ' ')}`;
}

/** Puts an example beside the body and the answer of each operation, as far as they are JSON. */
export function* giveExamples(
  endpoints: readonly Endpoint[],
  paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>,
  definitions: Definitions,
): Generator<void, void, void> {
  for (const endpoint of endpoints) {
    const operation = paths[documentedPath(endpoint)]?.[endpoint.method.toLowerCase()];
    const { parameters, requestBody, responses } = operation ?? {};
    for (const one of Array.isArray(parameters) ? parameters : []) exemplify(one, definitions);
    const asked = exampled(requestBody);
    if (asked !== null) {
      const full = exampleOf(asked.schema, definitions);
      // Fields that exclude one another make a body that is refused.
      const isTaken = endpoint.upload !== undefined || endpoint.body?.safeParse(full).success;
      asked.content['example'] = isTaken
        ? full
        : exampleOf(asked.schema, definitions, { least: true });
    }
    const answered = exampled(isJson(responses) ? responses['200'] : undefined);
    if (answered !== null) answered.content['example'] = exampleOf(answered.schema, definitions);
    yield;
  }
}

/** Gives a parameter of a path or query an example. */
function exemplify(parameter: unknown, definitions: Definitions): void {
  if (!isJson(parameter) || !isJson(parameter['schema'])) return;
  const name = String(parameter['name']);
  const isId = parameter['in'] === 'path' && name.endsWith('_id') && !(name in known);
  parameter['example'] = isId ? id : exampleOf(parameter['schema'], definitions, { name });
}

const readable = ['application/json', 'multipart/form-data'];

function exampled(message: unknown): { content: JsonSchema; schema: JsonSchema } | null {
  const contents = isJson(message) ? message['content'] : undefined;
  if (!isJson(contents)) return null;
  const content = readable.map((type) => contents[type]).find(isJson);
  if (content === undefined || !isJson(content['schema'])) return null;
  return { content, schema: content['schema'] };
}
