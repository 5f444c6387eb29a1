// Which channels stand where: the channels of a space in their order, the conversations, and where one is.
import { computed } from '@preact/signals';
import { relationsOf } from '../../../client/relations.ts';
import { byAge } from '../../../client/shelves.ts';
import type { Channel, Space } from '../../../client/wire.ts';
import { channel_id, linkTo, place } from '../store/address.ts';
import { seen } from '../store/live.ts';
import { waitingIn, type Waiting } from '../store/reading.ts';
import { lastIn, lastSpace } from '../store/visited.ts';

const byPosition = (a: Channel, b: Channel) => a.position - b.position || byAge(a.id, b.id);

/** Channels in which one reads; a category holds others, a voice channel is entered. */
export const readable = ({ type }: Channel) => type !== 'category' && type !== 'voice';

/** Grouped once for all spaces: each message changes its channel. */
const bySpace = computed(() =>
  Map.groupBy(seen('channels')?.channels.values() ?? [], ({ space_id }) => space_id ?? ''),
);

/** The channels of a space, in no order. */
export const idsIn = (space_id: string): string[] =>
  (bySpace.value.get(space_id) ?? []).map(({ id }) => id);

/** The channels of a space as they stand in its list: those without a category first. */
export function channelsIn(space_id: string): Channel[] {
  const all = bySpace.value.get(space_id) ?? [];
  const categories = all.filter(({ type }) => type === 'category').toSorted(byPosition);
  const ids = new Set(categories.map(({ id }) => id));
  // A category that the reader may not view leaves its channels without one.
  const homeOf = ({ parent_id }: Channel) =>
    parent_id !== null && ids.has(parent_id) ? parent_id : null;
  const inside = (id: string | null) =>
    all.filter((one) => one.type !== 'category' && homeOf(one) === id).toSorted(byPosition);
  return [...inside(null), ...categories.flatMap((one) => [one, ...inside(one.id)])];
}

/** The conversations whose window is open, the one with the newest message first. */
export function conversations(): Channel[] {
  const newest = ({ id, last_message_id }: Channel) => last_message_id ?? id;
  return [...(seen('conversations')?.conversations.values() ?? [])].toSorted((a, b) =>
    byAge(newest(b), newest(a)),
  );
}

/** Whether one is at home: among conversations and friends, in no space. */
export function isAtHome(): boolean {
  if (place.value.view === 'home') return true;
  return seen('conversations')?.conversations.has(channel_id.value ?? '') ?? false;
}

/** The space of the channel that is open; elsewhere the one before, or the first, but none at home. */
export function currentSpace(): Space | null {
  const state = seen('spaces', 'channels');
  if (isAtHome()) return null;
  const channel = state?.channel(channel_id.value ?? '');
  const id = channel?.space_id ?? lastSpace() ?? '';
  return state?.spaces.get(id) ?? state?.spaces.values().next().value ?? null;
}

/** Where the link of a space leads: to what was open there last, else to its first channel. */
export function entranceOf(space_id: string): string | null {
  const inside = channelsIn(space_id).filter(readable);
  const found = inside.find(({ id }) => id === lastIn(space_id)) ?? inside[0];
  return found === undefined ? null : linkTo.channel(found.id);
}

/** Where whoever names no place begins: in the first space that has something to read, else at home. */
export function firstPlace(): string {
  for (const { id } of seen('spaces', 'channels')?.spaces.values() ?? []) {
    const entrance = entranceOf(id);
    if (entrance !== null) return entrance;
  }
  return linkTo.view('home');
}

/** How many have asked for friendship and wait for an answer. */
export function requests(): number {
  const state = seen('relations');
  return state === null ? 0 : relationsOf(state, 'incoming').length;
}

/** What waits at home: messages in conversations, and requests. */
export function waitingAtHome(): Waiting {
  const { isUnread, mentions } = waitingIn(conversations().map(({ id }) => id));
  const asked = requests();
  return { isUnread: isUnread || asked > 0, mentions: mentions + asked };
}
