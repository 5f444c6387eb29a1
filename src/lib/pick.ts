// Turns a zod schema into a function that copies only the schema's fields, so that no other leaks.
import type { z } from 'zod';
import type { $ZodType, $ZodTypes } from 'zod/v4/core';

export type Pick = (value: unknown) => unknown;

const picks = new WeakMap<object, Pick | null>();

/**
 * Returns the filter of a schema, made at its first use, so that no start waits for it. It drops
 * other keys and does not check values.
 */
export function pickOf(schema: z.ZodType): Pick {
  let pick: Pick | undefined;
  return (value) => {
    pick ??= compiled(schema) ?? unchanged;
    return pick(value);
  };
}

const unchanged: Pick = (value) => value;

/** Returns null if the schema keeps the value as it is. */
function compiled(schema: $ZodType): Pick | null {
  const known = picks.get(schema);
  if (known !== undefined) return known;
  const pick = compile(schema as $ZodTypes);
  picks.set(schema, pick);
  return pick;
}

function compile(schema: $ZodTypes): Pick | null {
  const { def } = schema._zod;
  switch (def.type) {
    case 'object':
      return compileObject(def.shape);
    case 'array': {
      const element = compiled(def.element);
      return element && ((value) => (Array.isArray(value) ? value.map(element) : value));
    }
    case 'record': {
      const each = compiled(def.valueType);
      return each && ((value) => (isObject(value) ? mapValues(value, each) : value));
    }
    case 'nullable':
    case 'optional':
    case 'default':
    case 'readonly':
    case 'nonoptional':
      return compiled(def.innerType);
    case 'pipe':
      return compiled(def.out);
    case 'lazy': {
      // Compiled at the first use, since a lazy schema may contain itself.
      let inner: Pick | null | undefined;
      return (value) => {
        if (inner === undefined) inner = compiled(def.getter());
        return inner === null ? value : inner(value);
      };
    }
    case 'union':
      return compileUnion(def.options);
    case 'intersection':
      throw new Error('what goes out must not be an intersection: extend the object instead');
    default:
      return null;
  }
}

function compileObject(shape: Readonly<Record<string, $ZodType>>): Pick {
  const inner: Pick[] = [];
  const fields = Object.entries(shape).map(([key, field]) => {
    const name = JSON.stringify(key);
    const pick = compiled(field);
    if (pick === null) return `${name}: v[${name}]`;
    inner.push(pick);
    const call = `p[${inner.length - 1}](v[${name}])`;
    return `${name}: v[${name}] == null ? v[${name}] : ${call}`;
  });
  const body = `return (v) => v === null || typeof v !== 'object' ? v : ({ ${fields.join(', ')} })`;
  // oxlint-disable-next-line no-implied-eval -- made from our own schemas: an object literal is the fastest copy
  return new Function('p', body)(inner) as Pick;
}

/** Uses the filter of the first object in the union whose required keys the value has. */
function compileUnion(options: readonly $ZodType[]): Pick | null {
  const candidates = options.map((option) => ({
    pick: compiled(option),
    required: required(option),
  }));
  if (candidates.every(({ pick }) => pick === null)) return null;
  return (value) => {
    if (!isObject(value)) return value;
    const fitting = candidates.find(
      ({ required: keys }) => keys !== null && keys.every((key) => value[key] !== undefined),
    );
    return fitting?.pick ? fitting.pick(value) : null;
  };
}

function required(schema: $ZodType): string[] | null {
  const { def } = (schema as $ZodTypes)._zod;
  if (def.type !== 'object') return null;
  return Object.keys(def.shape).filter((key) => def.shape[key]?._zod.optout !== 'optional');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(value: Record<string, unknown>, each: Pick): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, each(entry)]));
}
