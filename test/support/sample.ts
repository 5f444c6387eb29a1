// Makes the smallest value that a schema takes, for tests that need any body at all.
import { z } from 'zod';

type Json = Record<string, any>;

/** A value that the schema takes; throws when it cannot think of one. */
export function sampleOf(schema: z.ZodType): unknown {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  const definitions = described['$defs'] ?? {};
  const least = make(described, definitions);
  const fuller = Object.keys(described['properties'] ?? {}).map((key) => {
    return { ...(least as Json), [key]: make(described['properties'][key], definitions) };
  });
  const sample = [least, ...fuller].find((one) => schema.safeParse(one).success);
  if (sample !== undefined) return sample;
  const { error } = schema.safeParse(least);
  throw new Error(`${JSON.stringify(least)}: ${error ? z.prettifyError(error) : ''}`);
}

function make(schema: Json, definitions: Json): unknown {
  const { $ref, anyOf, allOf, type, properties = {}, required = [] } = schema;
  if ($ref) return make(definitions[$ref.split('/').at(-1)], definitions);
  if (anyOf) return make(anyOf[0], definitions);
  if (allOf) return make(allOf[0], definitions);
  if ('const' in schema) return schema['const'];
  if (schema['enum']) return schema['enum'][0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        required.map((key: string) => [key, make(properties[key], definitions)]),
      );
    case 'array': {
      const one = () => make(schema['items'], definitions);
      return Array.from({ length: schema['minItems'] ?? 0 }, one);
    }
    case 'string':
      return text(schema);
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 0;
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function text({ pattern = '', minLength = 1, maxLength = Infinity, format }: Json): string {
  if (pattern.includes('[0-9]')) return '1'.repeat(Math.min(maxLength, Math.max(18, minLength)));
  if (pattern.includes('://')) return 'https://example.org/';
  if (format === 'date-time') return '2026-06-01T12:00:00Z';
  return 'x'.repeat(minLength);
}
