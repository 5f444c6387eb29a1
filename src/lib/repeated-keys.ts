// Finds repeated keys in a JSON text, of which parsers silently keep the last value.

/** Tells whether a text with so many colons outside of strings, parsed to `value`, repeats a key. */
export function hasRepeatedKey(colons: number, value: unknown): boolean {
  return colons !== keysIn(value);
}

/** Counts the keys of all objects, without recursion, so that depth cannot overflow the stack. */
function keysIn(value: unknown): number {
  let count = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const parts: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += parts.length;
    for (const part of parts) if (typeof part === 'object' && part !== null) waiting.push(part);
  }
  return count;
}
