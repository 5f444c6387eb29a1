// The members of spaces as far as they are known here; of a large space the server sends those who are online.
import { signal } from '@preact/signals';
import { lacks } from '../../../client/roster.ts';
import { command, onHeard, seen, state } from './live.ts';
import { rest } from './session.ts';

/** Op 10: asks for members over the socket. */
const requestMembers = 10;
/** So many are asked for by a name. */
const maxFound = 100;
/** So many members are compared to learn whether some are missing. */
const sampleSize = 100;

/** By space, the ids of some members, by which one sees whether all are known. */
const samples = signal<ReadonlyMap<string, readonly string[]>>(new Map());
/** Spaces whose members are all known, since all were asked for. */
const whole = signal<ReadonlySet<string>>(new Set());
/** Spaces of which all members are on their way. */
const coming = signal<ReadonlySet<string>>(new Set());
const asked = new Set<string>();

/** Learns whether members of a space are missing here, once for each session. */
export async function sampleMembers(space_id: string): Promise<void> {
  if (asked.has(space_id)) return;
  asked.add(space_id);
  const query = { limit: String(sampleSize) };
  const list = await rest
    .call('GET /spaces/:space_id/members', { space_id, query })
    .catch(() => []);
  samples.value = new Map(samples.value).set(
    space_id,
    list.map(({ user_id }) => user_id),
  );
}

/** Whether there are members whom the list does not show. */
export function isPartial(space_id: string): boolean {
  const now = seen('members');
  if (now === null || whole.value.has(space_id)) return false;
  return lacks(now, space_id, samples.value.get(space_id) ?? []);
}

export const isComing = (space_id: string): boolean => coming.value.has(space_id);

/** Asks for all members; they come in pieces, each as an event. */
export function askEveryone(space_id: string): void {
  coming.value = new Set(coming.value).add(space_id);
  command(requestMembers, { space_id });
}

let wanted: { space_id: string; query: string } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const pause_ms = 250;

/** Asks for members by the beginning of a name, once somebody has stopped typing. */
export function askNamed(space_id: string, query: string): void {
  clearTimeout(timer);
  wanted = query === '' ? null : { space_id, query: query.slice(0, 64) };
  timer = setTimeout(() => {
    if (wanted !== null) command(requestMembers, { ...wanted, limit: maxFound });
  }, pause_ms);
}

const without = (set: ReadonlySet<string>, id: string) =>
  new Set([...set].filter((one) => one !== id));

onHeard((event) => {
  if (event.type === 'ready') {
    asked.clear();
    samples.value = new Map();
    whole.value = new Set();
    coming.value = new Set();
  }
  // What was on its way over the old line does not come any more.
  if (event.type === 'resumed') coming.value = new Set();
  if (event.type !== 'member.chunk') return;
  const { space_id, chunk_index, chunk_count } = event.data;
  // A search that was asked for earlier has ended as well; then the rest still comes by itself.
  const isLast = chunk_index === chunk_count - 1;
  if (!isLast || !coming.value.has(space_id)) return;
  coming.value = without(coming.value, space_id);
  const now = state.peek();
  if (now === null || lacks(now, space_id, samples.value.get(space_id) ?? [])) return;
  whole.value = new Set(whole.value).add(space_id);
});
