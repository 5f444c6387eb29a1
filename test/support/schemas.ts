// The JSON Schemas of an OpenAPI or AsyncAPI document, nested ones too, and a value for each.
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';

type Json = Record<string, any>;

export interface Found {
  /** Where it stands: the names of the keys that lead there. */
  at: string;
  schema: Json;
  /** Whether a client sends it: in a request, or in a frame of its own. */
  sent: boolean;
  /** Whether a value of it is a part of every value of the schema around it. */
  inner: boolean;
}

const schemaKeys = ['items', 'additionalProperties', 'propertyNames', 'not'];
const listKeys = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const mapKeys = ['properties', 'patternProperties'];

/** All schemas; references are not followed, since `components` are listed as well. */
export function schemasOf(document: Json): Found[] {
  const found: Found[] = [];
  const add = (at: string, schema: Json, sent: boolean, inner = false): void => {
    found.push({ at, schema, sent, inner });
    if (typeof schema !== 'object' || schema === null) return;
    for (const key of schemaKeys)
      if (key in schema) add(`${at}.${key}`, schema[key], sent, key === 'items');
    for (const key of listKeys) {
      for (const [index, one] of (schema[key] ?? []).entries())
        add(`${at}.${key}.${index}`, one, sent);
    }
    for (const key of mapKeys) {
      for (const [name, one] of Object.entries<Json>(schema[key] ?? {}))
        add(`${at}.${name}`, one, sent, key === 'properties');
    }
  };
  const sentNames = namesSent(document);
  for (const [name, one] of Object.entries<Json>(document['components'].schemas)) {
    add(name, one, sentNames.has(name));
  }
  for (const { at, schema, sent } of roots(document)) add(at, schema, sent);
  return found;
}

/** The schemas that stand in operations and messages. */
function roots(document: Json): Omit<Found, 'inner'>[] {
  const found: Omit<Found, 'inner'>[] = [];
  for (const [path, methods] of Object.entries<Json>(document['paths'] ?? {})) {
    for (const [method, operation] of Object.entries<Json>(methods)) {
      const at = `${method.toUpperCase()} ${path}`;
      for (const { name, schema } of operation['parameters'] ?? []) {
        // A header, which the components describe.
        if (name === undefined) continue;
        found.push({ at: `${at} ?${name}`, schema, sent: true });
      }
      for (const { schema } of Object.values<Json>(operation['requestBody']?.content ?? {})) {
        found.push({ at: `${at} body`, schema, sent: true });
      }
      for (const [status, { content = {} }] of Object.entries<Json>(operation['responses'])) {
        for (const { schema } of Object.values<Json>(content)) {
          found.push({ at: `${at} ${status}`, schema, sent: false });
        }
      }
    }
  }
  const received = document['operations']?.say.messages.map(({ $ref }: Json) => $ref) ?? [];
  for (const [name, { payload }] of Object.entries<Json>(document['components'].messages ?? {})) {
    const sent = received.includes(`#/channels/gateway/messages/${name}`);
    found.push({ at: name, schema: payload, sent });
  }
  return found;
}

/** The names of components that requests refer to, also through others. */
function namesSent(document: Json): Set<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key !== '$ref' || typeof inner !== 'string') visit(inner);
      else {
        const name = inner.split('/').at(-1) ?? '';
        if (names.has(name)) continue;
        names.add(name);
        visit(document['components'].schemas[name]);
      }
    }
  };
  for (const { schema, sent } of roots(document)) if (sent) visit(schema);
  return names;
}

/** The name of a reference's target. */
export const target = ({ $ref }: Json): string => String($ref).split('/').at(-1) ?? '';

const texts = [
  ...['1', '123456', 'a', 'ab', 'Hello there', '2026-06-01', 'guest:0123456789abcdef'],
  'https://example.org/',
  `${'A'.repeat(43)}=`,
];

/** Makes values that fit the schemas of a document, with every property that they name. */
export class Samples {
  readonly #components: Json;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false });

  constructor(document: Json) {
    this.#components = document['components'].schemas;
    this.#ajv.addSchema(document, 'document');
  }

  /** Tells whether the value that was made for the schema fits it. */
  fits(schema: Json): boolean {
    return this.isValid(schema, this.#made(schema));
  }

  isValid(schema: Json, value: unknown): boolean {
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text));
    this.#compiled.set(text, validate);
    return validate(value);
  }

  #made(schema: Json | boolean): unknown {
    if (typeof schema === 'boolean') return null;
    if ('$ref' in schema) return this.#made(this.#components[target(schema)]);
    if ('const' in schema) return schema['const'];
    if ('enum' in schema) return schema['enum'][0];
    const [choice] = schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf'] ?? [];
    if (choice !== undefined) return this.#made(choice);
    switch ([schema['type']].flat()[0]) {
      case 'object': {
        const properties = Object.entries<Json>(schema['properties'] ?? {});
        return Object.fromEntries(properties.map(([key, one]) => [key, this.#made(one)]));
      }
      case 'array':
        return Array.from({ length: schema['minItems'] ?? 1 }, () => this.#made(schema['items']));
      case 'integer':
      case 'number':
        return schema['minimum'] ?? schema['maximum'] ?? 0;
      case 'boolean':
        return true;
      case 'string':
        return texts
          .map((text) => text.padEnd(schema['minLength'] ?? 0, 'a'))
          .find((text) => new RegExp(schema['pattern'] ?? '', 'u').test(text));
      default:
        return null;
    }
  }
}
