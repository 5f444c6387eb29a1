// What has changed between two states of a thing, for logs that people read.
import { isDeepStrictEqual } from 'node:util';

/** Returns the changed fields, except those in `but`, as `{ old, new }`; null if there are none. */
export function differences<T extends object>(
  before: T,
  after: T,
  but: readonly (keyof T)[] = [],
): Record<string, { old: unknown; new: unknown }> | null {
  const was = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(after).filter(
    ([field, value]) =>
      !but.includes(field as keyof T) && !isDeepStrictEqual(was.get(field), value),
  );
  if (changed.length === 0) return null;
  return Object.fromEntries(
    changed.map(([field, value]) => [field, { old: was.get(field) ?? null, new: value ?? null }]),
  );
}
