// What the OpenAPI document says of requests, as a list of fields: nested ones and entries of lists as well.
import { z } from 'zod';
import { features } from '../../src/features.ts';
import { fullPath, type Endpoint } from '../../src/http/endpoint.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { atOnce } from '../../src/lib/concurrency.ts';

/** `any`: whatever JSON there is. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any';

/** A schema without references and alternatives. */
export interface Said {
  type: FieldType;
  /** null is a value like others. */
  nullable: boolean;
  /** "" is one, whatever else is said of texts. */
  clearable: boolean;
  /** The only values, where they are listed. */
  values: readonly unknown[] | null;
  patterns: readonly string[];
  format: string | null;
  least: number | null;
  most: number | null;
  items: Said | null;
  properties: Readonly<Record<string, Said>>;
  required: readonly string[];
}

export interface Field {
  /** Names of properties, and `[]` for an entry of a list; empty for the whole body. */
  path: readonly string[];
  said: Said;
  required: boolean;
}

/** An endpoint with what the document says of its request. */
export interface Operation {
  /** `POST /spaces/:space_id/roles` */
  name: string;
  endpoint: Endpoint;
  body: Said | null;
  query: Field[];
  /** The names of the parameters in its path. */
  parameters: string[];
}

const Keywords = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
type Keywords = z.output<typeof Keywords>;

const Type = z.enum(['string', 'integer', 'number', 'boolean', 'array', 'object', 'any']);
const Content = z.object({ schema: z.unknown() });
const Form = z.object({ properties: z.record(z.string(), z.unknown()) });
const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: z.unknown(),
});
const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        // Headers stand in the components, and are referred to.
        parameters: z
          .array(z.union([Parameter, z.object({ $ref: z.string() })]))
          .default([])
          .transform((all) => all.filter((one) => 'name' in one)),
        requestBody: z.object({ content: z.record(z.string(), Content) }).optional(),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
type Document = z.output<typeof Document>;

/** All endpoints by name, read off the values and the document that they make. */
export function operations(): Operation[] {
  const chapters = features.map(({ name, endpoints }) => ({ name, endpoints }));
  const document = Document.parse(
    atOnce(openApiDocument(chapters, { version: '0', server_url: '/' })),
  );
  return chapters
    .flatMap(({ endpoints }) => endpoints)
    .map((endpoint) => operation(document, endpoint))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function operation(document: Document, endpoint: Endpoint): Operation {
  const { method, path, upload } = endpoint;
  const inDocument = fullPath(endpoint).replace(/:([a-z_]+)/g, '{$1}');
  const found = document.paths[inDocument]?.[method.toLowerCase()];
  if (found === undefined) throw new Error(`the document lacks ${method} ${path}`);
  const [content] = Object.values(found.requestBody?.content ?? {});
  const schema = upload
    ? Form.parse(content?.schema).properties[upload.json_part]
    : content?.schema;
  const { schemas } = document.components;
  return {
    name: `${method} ${path}`,
    endpoint,
    body: schema === undefined ? null : said(schema, schemas),
    query: found.parameters
      .filter((one) => one.in === 'query')
      .map(({ name, required, schema: given }) => {
        return { path: [name], required, said: said(given, schemas) };
      }),
    parameters: found.parameters.filter((one) => one.in === 'path').map(({ name }) => name),
  };
}

/** The schema in one piece. */
function said(given: unknown, components: Record<string, unknown>): Said {
  const { words, nullable, clearable } = merged(given, components);
  const entries = Object.entries(words.properties ?? {});
  const type = Type.parse(words.type ?? (words.enum ? typeof words.enum[0] : 'any'));
  const values = 'const' in words ? [words.const] : (words.enum ?? null);
  const patterns = [words, ...(words.allOf ?? []).map((one) => Keywords.parse(one))].flatMap(
    ({ pattern }) => (pattern === undefined ? [] : [pattern]),
  );
  // A length that stands in the pattern.
  const [, shortest, longest] = /^\^\[[^\]]+\]\{(\d+),(\d+)\}\$$/.exec(patterns[0] ?? '') ?? [];
  const counted = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  return {
    type,
    nullable,
    clearable:
      clearable || (patterns.length > 0 && patterns.every((one) => new RegExp(one).test(''))),
    values,
    patterns,
    format: words.format ?? null,
    least: words.minLength ?? words.minimum ?? words.minItems ?? counted(shortest) ?? null,
    most: words.maxLength ?? words.maximum ?? words.maxItems ?? counted(longest) ?? null,
    items: type === 'array' ? said(words.items, components) : null,
    properties: Object.fromEntries(entries.map(([key, one]) => [key, said(one, components)])),
    required: words.required ?? [],
  };
}

interface Merged {
  words: Keywords;
  nullable: boolean;
  clearable: boolean;
}

/** Follows references, and takes null and "" out of the alternatives. */
function merged(given: unknown, components: Record<string, unknown>): Merged {
  const { $ref, anyOf = [], ...outer } = Keywords.parse(given);
  if ($ref !== undefined) return merged(components[$ref.split('/').at(-1) ?? ''], components);
  const found: Merged = { words: {}, nullable: false, clearable: false };
  for (const one of anyOf.map((each) => merged(each, components))) {
    found.nullable ||= one.nullable;
    found.clearable ||= one.clearable || one.words.const === '';
    if (one.words.const !== '') Object.assign(found.words, one.words);
  }
  Object.assign(found.words, outer);
  const types = [found.words.type ?? []].flat();
  const others = types.filter((one) => one !== 'null');
  if (others.length < types.length) found.nullable = true;
  if (others[0] === undefined) delete found.words.type;
  else found.words.type = others[0];
  return found;
}

/** The field itself and all below it. */
function fieldsBelow(field: Field): Field[] {
  const { path, said: own } = field;
  const { items, properties, required } = own;
  const below = Object.entries(properties).map(([key, one]) => {
    return { path: [...path, key], said: one, required: required.includes(key) };
  });
  if (items !== null) below.push({ path: [...path, '[]'], said: items, required: false });
  return [field, ...below.flatMap(fieldsBelow)];
}

/** The body as a whole, and all of its fields. */
export function fieldsOf(body: Said): Field[] {
  return fieldsBelow({ path: [], said: body, required: true });
}

/** `embeds[].fields[].name` */
export function nameOf({ path }: Pick<Field, 'path'>): string {
  return path.join('.').replaceAll('.[]', '[]');
}

/** A bound that somebody has set, not the end of what zod takes for a whole number. */
const isSet = (bound: number | null): bound is number =>
  bound !== null && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

/** Whether a value can be neither too large nor too long. */
export function isBounded({ said: own }: Field): boolean {
  const { type, values, patterns, least, most } = own;
  if (type === 'boolean' || type === 'object' || values !== null) return true;
  if (type === 'integer' || type === 'number') return isSet(least) && isSet(most);
  return most !== null || patterns.some((one) => !/[*+]|,\}/.test(one));
}

/** What is said of a field, in one line. */
export function boundsOf({ path, said: own, required }: Field): string {
  const { type, nullable, clearable, values, patterns, format } = own;
  const name = nameOf({ path }) || '(body)';
  const [least, most] = [own.least, own.most].map((bound) => (isSet(bound) ? bound : ''));
  const range = `${least}..${most}`;
  const words = [
    `${name}${required || name.endsWith('[]') ? '' : '?'}:`,
    type,
    range === '..' ? '' : range,
    values === null ? '' : values.length > 9 ? `${values.length} values` : values.join(' | '),
    ...patterns.map((one) => `/${one}/`),
    format ?? '',
    clearable ? 'or ""' : '',
    nullable ? 'or null' : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}
