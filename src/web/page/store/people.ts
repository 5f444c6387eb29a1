// What one does with others: friends, blocks, conversations and groups.
import { effect } from '@preact/signals';
import { relation } from '../../../client/relations.ts';
import type { Answer } from '../../../client/wire.ts';
import { go, linkTo } from './address.ts';
import { seen, state } from './live.ts';
import { rest } from './session.ts';

export type Found = Answer<'GET /users/search'>[number];

/** Asks somebody for friendship, or accepts what they asked. */
export async function befriend(user_id: string): Promise<void> {
  const body = { type: relation.friend };
  await rest.call('PUT /users/@me/relationships/:user_id', { user_id, body });
}

export async function block(user_id: string): Promise<void> {
  const body = { type: relation.blocked };
  await rest.call('PUT /users/@me/relationships/:user_id', { user_id, body });
}

/** Ends whatever stands between both: a friendship, a request, a block. */
export async function part(user_id: string): Promise<void> {
  await rest.call('DELETE /users/@me/relationships/:user_id', { user_id });
}

export async function findPeople(text: string): Promise<Found[]> {
  const query = text.trim().replace(/^@/, '');
  if (query === '') return [];
  return rest.call('GET /users/search', { query: { query, limit: '25' } });
}

/** So long the event of something that was just made may take. */
const patience_ms = 5_000;

/** Waits until the state has a channel: its event may come after the answer. */
function whenKnown(channel_id: string): Promise<void> {
  return new Promise((resolve) => {
    let stop: (() => void) | null = null;
    const end = () => {
      clearTimeout(timer);
      stop?.();
      resolve();
    };
    const timer = setTimeout(end, patience_ms);
    stop = effect(() => {
      if (seen('channels', 'conversations')?.channel(channel_id) !== undefined) queueMicrotask(end);
    });
  });
}

/** Opens the conversation with somebody, or makes a group of several people, and goes there. */
export async function talkTo(recipients: readonly string[]): Promise<void> {
  const body = { recipients: [...recipients] };
  const { id } = await rest.call('POST /users/@me/channels', { body });
  await whenKnown(id);
  go(linkTo.channel(id));
}

export async function addToGroup(channel_id: string, user_ids: readonly string[]): Promise<void> {
  for (const user_id of user_ids) {
    await rest.call('PUT /channels/:channel_id/recipients/:user_id', { channel_id, user_id });
  }
}

export async function removeFromGroup(channel_id: string, user_id: string): Promise<void> {
  await rest.call('DELETE /channels/:channel_id/recipients/:user_id', { channel_id, user_id });
}

export async function renameGroup(channel_id: string, name: string): Promise<void> {
  await rest.call('PATCH /channels/:channel_id', { channel_id, body: { name } });
}

/** Closes the window of a conversation of two, or leaves a group. */
export async function closeConversation(channel_id: string): Promise<void> {
  await rest.call('DELETE /channels/:channel_id', { channel_id });
}

export async function leaveSpace(space_id: string): Promise<void> {
  await rest.call('DELETE /spaces/:space_id/members/@me', { space_id });
}

/** Whether somebody is the reader. */
export const isSelf = (user_id: string): boolean => state.value?.user?.id === user_id;
