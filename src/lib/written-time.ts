// Reads times as people and programs write them: RFC 3339, with seconds.

const pattern =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d):(\d\d)(\.\d+)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))?$/i;

/**
 * Returns Unix milliseconds; null if the text is no time, or its date does not exist. Accepts a
 * space for the `T`; no zone means UTC. A leap second is read as the last second of its minute.
 */
export function readTime(given: string): number | null {
  const [, day, minute, second, fraction = '', sign, hours, minutes] = pattern.exec(given) ?? [];
  if (day === undefined || second === undefined) return null;
  const written = `${day}T${minute}:${second === '60' ? '59' : second}`;
  const local_ms = Date.parse(`${written}${fraction.slice(0, 4)}Z`);
  // JS reads a date that does not exist, such as 31 February, as another one or not at all.
  if (!Number.isFinite(local_ms) || !iso(local_ms).startsWith(written)) return null;
  const offset_ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const at_ms = sign === '-' ? local_ms + offset_ms : local_ms - offset_ms;
  return iso(at_ms).length === 'YYYY-MM-DDTHH:MM:SS.mmmZ'.length ? at_ms : null;
}

function iso(at_ms: number): string {
  return new Date(at_ms).toISOString();
}
