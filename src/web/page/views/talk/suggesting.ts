// What may be meant while one writes `@na`, `#na` or `:na`: people, channels, emojis.
import type { Channel } from '../../../../client/wire.ts';
import { emojisOf, pictureOf } from '../../store/emojis.ts';
import { seen } from '../../store/live.ts';
import { channelName, nameOf } from '../../store/names.ts';
import type { Asked } from './asked.ts';

export interface Suggestion {
  readonly id: string;
  readonly label: string;
  /** What is put in the place of what was written. */
  readonly text: string;
  readonly picture: string | null;
}

const maxShown = 8;

const fits = (word: string, ...names: readonly string[]) =>
  names.some((name) => name.toLowerCase().includes(word.toLowerCase()));

function people({ space_id, recipients = [] }: Channel, word: string): Suggestion[] {
  const state = seen('members', 'users');
  const members = [...(state?.members.values() ?? [])].filter((one) => one.space_id === space_id);
  const ids =
    space_id === null ? recipients.map(({ id }) => id) : members.map((one) => one.user_id);
  const found: Suggestion[] = [];
  for (const id of ids) {
    if (found.length >= maxShown) break;
    const username =
      state?.users.get(id)?.username ?? recipients.find((one) => one.id === id)?.username;
    const name = nameOf(id, space_id);
    if (username === undefined || !fits(word, username, name)) continue;
    found.push({ id, label: `${name} @${username}`, text: `@${username} `, picture: null });
  }
  return found;
}

function channels({ space_id }: Channel, word: string): Suggestion[] {
  return [...(seen('channels')?.channels.values() ?? [])]
    .filter((one) => one.space_id === space_id && one.type !== 'category')
    .filter((one) => fits(word, one.name))
    .map((one) => {
      return { id: one.id, label: `#${channelName(one)}`, text: `<#${one.id}> `, picture: null };
    });
}

function emojis({ space_id }: Channel, word: string): Suggestion[] {
  return emojisOf(space_id)
    .filter(({ name }) => fits(word, name))
    .map(({ id, name }) => {
      return { id, label: `:${name}:`, text: `:${name}: `, picture: pictureOf(id) };
    });
}

export function suggestionsFor(channel: Channel, { sign, word }: Asked): readonly Suggestion[] {
  const kinds = { '@': people, '#': channels, ':': emojis };
  return kinds[sign](channel, word).slice(0, maxShown);
}
