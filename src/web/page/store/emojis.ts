// The emojis: the custom ones of a space, read when they are first wanted, and those that were used last.
import { effect, signal } from '@preact/signals';
import type { State } from '../../../client/state.ts';
import type { Emoji } from '../../../client/wire.ts';
import { keep, readKept } from './kept.ts';
import { changed, seen } from './live.ts';
import { base, rest, token } from './session.ts';

const asked = new WeakMap<State, Set<string>>();
const pageSize = 100;

async function read(now: State, space_id: string): Promise<void> {
  const found = new Map<string, Emoji>();
  now.emojis.set(space_id, found);
  for (let after: string | undefined, isMore = true; isMore;) {
    const query = { limit: pageSize, ...(after !== undefined && { after }) };
    const list = await rest.call('GET /spaces/:space_id/emojis', {
      space_id,
      query,
    });
    for (const one of list) if (!found.has(one.id)) found.set(one.id, one);
    after = list.at(-1)?.id;
    isMore = list.length === pageSize;
  }
  changed('emojis');
}

/** The custom emojis of a space; none until they are read. */
export function emojisOf(space_id: string | null): readonly Emoji[] {
  const now = seen('emojis');
  if (now === null || space_id === null || !now.spaces.has(space_id)) return [];
  const spaces = asked.get(now) ?? new Set();
  asked.set(now, spaces);
  if (!spaces.has(space_id)) {
    spaces.add(space_id);
    read(now, space_id).catch(() => spaces.delete(space_id));
  }
  return [...(now.emojis.get(space_id)?.values() ?? [])];
}

/** An emoji as reactions write it: `name:id`, or a character. */
export interface Spelled {
  readonly name: string;
  /** The address of its picture; null for a character. */
  readonly picture: string | null;
}

export function spelled(emoji: string): Spelled {
  const [name = emoji, id] = emoji.split(':');
  if (id === undefined || !/^\d+$/.test(id)) return { name: emoji, picture: null };
  return { name: `:${name}:`, picture: pictureOf(id) };
}

/** Custom emojis move where the list of their space says so. */
export function pictureOf(id: string): string {
  const spaces = seen('emojis')?.emojis.values() ?? [];
  const isMoving = [...spaces].some((list) => list.get(id)?.animated);
  return `${base}/cdn/emojis/${id}.${isMoving ? 'gif' : 'png'}`;
}

const usual = ['👍', '❤️', '😂', '🎉', '😮', '😢'];
const maxRecent = 12;

const kept = signal<readonly string[] | null>(null);

effect(() => {
  if (token.value === null) kept.value = null;
});

/** The emojis that were used last here, filled up with the usual ones. */
export function recentEmojis(): readonly string[] {
  kept.value ??= (readKept('emojis') ?? '').split(' ').filter(Boolean);
  return [...new Set([...kept.value, ...usual])].slice(0, maxRecent);
}

export function noteEmoji(emoji: string): void {
  const before = recentEmojis().filter((one) => one !== emoji);
  kept.value = [emoji, ...before].slice(0, maxRecent);
  keep('emojis', kept.value.join(' '));
}
