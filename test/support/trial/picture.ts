// Compares READY with what the model says that somebody sees.
import { expect } from 'bun:test';
import type { Frame } from '../ears.ts';
import { conversationWords } from './heard.ts';
import { hearsChannel, sees } from './oracle.ts';
import { newestFirst, seenBy } from './conversations.ts';
import { shown } from './showing.ts';
import type { Individual, Trial } from './trial.ts';

/** READY lists what the model says, and nothing else. */
export function comparePicture(
  trial: Trial,
  { id, isAdmin }: Individual,
  data: Frame['data'],
): void {
  const spaces = trial.spaces.filter(({ members }) => members.has(id));
  const users = new Set(spaces.flatMap(({ members }) => [...members.keys()]));
  const channels = spaces.flatMap((space) =>
    [...space.channels.values()].filter((one) => hearsChannel(space, one, { id, isAdmin })),
  );
  const here = trial.people.filter(
    (one) => trial.acquaintances({ id, isAdmin }).has(one.id) && shown(one) !== 'offline',
  );
  expect({
    spaces: ids(data['spaces']),
    channels: ids(data['channels']),
    roles: ids(data['roles']),
    members: data['members'].map((m: any) => `${m.space_id} ${m.user_id}`).toSorted(),
    users: ids(data['users']),
    presences: data['presences'].map((p: any) => `${p.user_id} ${p.status}`).toSorted(),
    conversations: data['dm_channels'].map(conversationWords),
  }).toEqual({
    spaces: ids(spaces),
    channels: ids(channels),
    roles: ids(spaces.flatMap(({ roles }) => [...roles.values()])),
    members: spaces
      .flatMap((space) => [...space.members.keys()].map((user) => `${space.id} ${user}`))
      .toSorted(),
    users: [...users].toSorted(),
    presences: here.map((one) => `${one.id} ${shown(one)}`).toSorted(),
    conversations: newestFirst(trial.conversations.filter((one) => sees(one, { id }))).map((one) =>
      seenBy(one, id),
    ),
  });
}

function ids(list: readonly { id: string }[]): string[] {
  return list.map(({ id }) => id).toSorted();
}
