// How people, channels and conversations are called, and whose picture stands where.
import { unmarkedText } from '../../../client/unmarked.ts';
import { Refused } from '../../../client/rest.ts';
import type { Channel, User } from '../../../client/wire.ts';
import { say } from '../words/say.ts';
import { isEncrypted } from './deeds.ts';
import { changed, onHeard, seen, state } from './live.ts';
import { base, rest } from './session.ts';

const asked = new Set<string>();

async function look(user_id: string): Promise<void> {
  const user = await rest.call('GET /users/:user_id', { user_id }).catch((error: unknown) => {
    // The next time that the name is shown, it is asked for again.
    if (!(error instanceof Refused)) asked.delete(user_id);
    return null;
  });
  if (user === null) return;
  strangers.set(user_id, user);
  changed('users');
}

/** Asks for an account that is not known: in large spaces not everyone is. */
function ask(user_id: string): void {
  const now = state.peek();
  if (asked.has(user_id) || now === null) return;
  asked.add(user_id);
  void look(user_id);
}

/** Accounts that are no member of a space that is known, as they were when they were asked for. */
const strangers = new Map<string, User>();

onHeard((event, _isReplayed, before) => {
  // Somebody else may have signed in, who is shown others.
  if (event.type !== 'ready' || before !== null) return;
  asked.clear();
  strangers.clear();
});

export function personOf(user_id: string): User | null {
  const now = seen('users', 'user', 'conversations');
  if (now === null) return null;
  if (now.user?.id === user_id) return now.user;
  const known = now.users.get(user_id) ?? strangers.get(user_id);
  if (known !== undefined) return known;
  for (const { recipients = [] } of now.conversations.values()) {
    const partner = recipients.find(({ id }) => id === user_id);
    if (partner !== undefined) return partner;
  }
  ask(user_id);
  return null;
}

/** The name of somebody, in a space where `space_id` names one. */
export function nameOf(user_id: string, space_id: string | null = null): string {
  const person = personOf(user_id);
  const nickname = seen('members')?.members.get(`${space_id} ${user_id}`)?.nickname;
  return nickname ?? person?.display_name ?? person?.username ?? say('unknown_person');
}

/** The address of a file of this server, by its path alone: PUBLIC_URL may be another way to it. */
export function fileAddress(url: string): string {
  const at = url.indexOf('/cdn/');
  return at < 0 ? url : base + url.slice(at);
}

/** The name of a channel as one says it. */
export function channelName(channel: Channel): string {
  if (channel.space_id !== null || channel.name !== '') return channel.name;
  const names = (channel.recipients ?? []).map(({ id }) => nameOf(id));
  return names.length === 0 ? say('nobody_else') : names.join(', ');
}

/**
 * What somebody wrote in a space, or in a conversation, as plain text without what is hidden in it; of a
 * text that is encrypted, it says so.
 */
export function plainly(text: string, space_id: string | null): string {
  if (isEncrypted({ space_id, content: text })) return say('encrypted');
  return unmarkedText(text, {
    person: (id) => nameOf(id, space_id),
    role: (id) => seen('roles')?.roles.get(id)?.name ?? say('unknown_person'),
    channel: (id) => {
      const channel = seen('channels', 'conversations')?.channel(id);
      return channel === undefined ? say('unknown_person') : channelName(channel);
    },
  });
}
