// How much a JSON value holds: what checks each part of it would take long over very many.

/** Whether there are more than `most` values in it, at any depth; looks no further then. */
export function holdsMoreThan(max: number, value: unknown): boolean {
  let count = 1;
  // Without recursion: how deep a text may go is not for this to decide.
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
