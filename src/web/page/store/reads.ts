// Reads messages: what is heard of one while an answer is on its way wins over that answer.
import type { KnownMessage } from '../../../client/reactions.ts';
import { byAge } from '../../../client/shelves.ts';
import type { State } from '../../../client/state.ts';
import type { Heard } from '../../../client/wire.ts';
import { Refused } from '../../../client/rest.ts';
import { changed, onHeard, seen, state } from './live.ts';
import { rest } from './session.ts';

/** For each reading under way, its channel, and the messages of which something was heard meanwhile. */
const flights = new Map<Set<string>, string>();

/** Whether a page of the channel is on its way: what is heard until it comes stands after it. */
export const isReading = (channel_id: string): boolean =>
  flights.values().some((id) => id === channel_id);

function idsIn(event: Heard): readonly string[] {
  switch (event.type) {
    case 'message.update':
    case 'message.delete':
      return [event.data.id];
    case 'message.delete_bulk':
      return event.data.ids;
    case 'reaction.add':
    case 'reaction.remove':
    case 'reaction.clear':
    case 'reaction.clear_emoji':
      return [event.data.message_id];
    default:
      return [];
  }
}

onHeard((event) => {
  for (const flight of flights.keys()) for (const id of idsIn(event)) flight.add(id);
});

/** Reads one message anew; null if it is not there. */
async function readOne(channel_id: string, message_id: string): Promise<KnownMessage | null> {
  const path = { channel_id, message_id };
  return rest
    .call('GET /channels/:channel_id/messages/:message_id', path)
    .catch((error: unknown) => {
      if (error instanceof Refused && error.status === 404) return null;
      throw error;
    });
}

/** Runs a reading, and returns what it found without what has changed since, oldest first. */
export async function careful(
  channel_id: string,
  run: () => Promise<readonly KnownMessage[]>,
): Promise<KnownMessage[]> {
  const touched = new Set<string>();
  flights.set(touched, channel_id);
  // What is sent from now on is noted.
  state.peek()?.adds(channel_id, []);
  try {
    const found = await run();
    const sure = await Promise.all(
      found.map(async (one) => (touched.has(one.id) ? readOne(channel_id, one.id) : one)),
    );
    return sure.filter((one) => one !== null).toSorted((a, b) => byAge(a.id, b.id));
  } finally {
    flights.delete(touched);
  }
}

const asked = new WeakMap<State, Map<string, 'asked' | 'gone'>>();

/** A single message, which may lie outside of what is shown; undefined while it is read, null if it is gone. */
export function messageOf(channel_id: string, id: string): KnownMessage | null | undefined {
  const now = seen('messages');
  const known = now?.messages.get(channel_id)?.get(id);
  if (known !== undefined || now === null) return known;
  const marks = asked.get(now) ?? new Map<string, 'asked' | 'gone'>();
  asked.set(now, marks);
  const mark = marks.get(id);
  if (mark === undefined) void fetchOne(now, marks, { channel_id, id });
  return mark === 'gone' ? null : undefined;
}

/** So long after the server was not reached a message is asked for again. */
const again_ms = 5_000;

async function fetchOne(
  now: State,
  marks: Map<string, 'asked' | 'gone'>,
  { channel_id, id }: { channel_id: string; id: string },
): Promise<void> {
  marks.set(id, 'asked');
  const forget = () => {
    marks.delete(id);
    changed('messages');
  };
  try {
    const [found] = await careful(channel_id, async () => {
      const one = await readOne(channel_id, id);
      return one === null ? [] : [one];
    });
    if (found === undefined) marks.set(id, 'gone');
    else {
      // It may be let go of, or deleted: then it is asked for again.
      marks.delete(id);
      now.adds(channel_id, [found]);
    }
  } catch (error) {
    if (error instanceof Refused) marks.set(id, 'gone');
    else setTimeout(forget, again_ms);
  }
  changed('messages');
}

/** Looks a message up, here or at the server; null if it is not there. */
export async function findMessage(channel_id: string, id: string): Promise<KnownMessage | null> {
  return state.peek()?.messages.get(channel_id)?.get(id) ?? readOne(channel_id, id);
}
