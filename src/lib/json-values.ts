// Counts the values in a JSON value, since code that checks each of very many would take long.

/** Tells whether it holds more than `max` values, at any depth; stops counting there. */
export function holdsMoreThan(max: number, value: unknown): boolean {
  let count = 1;
  // Without recursion, so that depth cannot overflow the stack.
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const parts: unknown[] = Array.isArray(next) ? next : Object.values(next);
    count += parts.length;
    if (count > max) return true;
    for (const part of parts) if (typeof part === 'object' && part !== null) waiting.push(part);
  }
  return false;
}
