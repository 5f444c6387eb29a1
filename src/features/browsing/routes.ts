// What clients ask for at login and while they browse: finding people, and lists that are empty still.
import { z } from 'zod';
import { account, channel, spaceMember } from '../../access/rules.ts';
import { noSuch } from '../../errors.ts';
import { endpoint } from '../../http/endpoint.ts';
import { Channel } from '../channels/schema.ts';
import { readUser } from '../users/memory.ts';
import { findUserByName, findUsers } from '../users/queries.ts';
import { PublicUser } from '../users/schema.ts';
import { publicUser } from '../users/view.ts';
import { Nothing } from '../shapes.ts';
import { peopleNamed } from './queries.ts';
import {
  Acknowledgement,
  Connection,
  Mute,
  PeopleQuery,
  PluginSession,
  Relationship,
  Sound,
  Unread,
} from './schema.ts';

export const searchUsers = endpoint({
  method: 'GET',
  path: '/users/search',
  summary: 'Find people of one’s own spaces by the beginning of a name, and anyone by username',
  access: account,
  query: PeopleQuery,
  returns: z.array(PublicUser),
  run({ app, actor, query: { query, limit } }) {
    const exact = findUserByName(app.db, query.toLowerCase());
    const isShown = exact && exact.id !== actor.id && !exact.disabled && !exact.system;
    const ids = new Set(isShown ? [exact.id] : []);
    for (const id of peopleNamed(app.db, actor.id, query, limit)) ids.add(id);
    const wanted = [...ids].slice(0, limit);
    const rows = new Map(findUsers(app.db, wanted).map((row) => [row.id, row]));
    return wanted.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [publicUser(row)];
    });
  },
});

export const listDirectMessages = endpoint({
  method: 'GET',
  path: '/users/@me/channels',
  summary: 'List one’s direct messages; always empty, since there are none yet',
  access: account,
  returns: z.array(Channel),
  run: () => [],
});

export const listRelationships = endpoint({
  method: 'GET',
  path: '/users/@me/relationships',
  summary: 'List one’s friends and blocks; always empty, since there are none yet',
  access: account,
  returns: z.array(Relationship),
  run: () => [],
});

export const listMutualFriends = endpoint({
  method: 'GET',
  path: '/users/:user_id/mutual-friends',
  summary: 'List the friends that one shares with somebody; always empty, since there are none yet',
  access: account,
  returns: z.array(PublicUser),
  errors: ['not_found'],
  run({ app, params }) {
    if (readUser(app, params.user_id) === undefined) throw noSuch('user');
    return [];
  },
});

export const listMutes = endpoint({
  method: 'GET',
  path: '/users/@me/mutes',
  summary: 'List one’s muted channels; always empty, since nothing can be muted yet',
  access: account,
  returns: z.array(Mute),
  run: () => [],
});

export const listReadStates = endpoint({
  method: 'GET',
  path: '/users/@me/read-states',
  summary: 'List one’s unread channels; always empty, since nothing is remembered yet',
  access: account,
  returns: z.array(Unread),
  run: () => [],
});

export const listConnections = endpoint({
  method: 'GET',
  path: '/users/@me/connections',
  summary: 'List one’s accounts elsewhere; always empty, since none can be linked',
  access: account,
  returns: z.array(Connection),
  run: () => [],
});

export const acknowledge = endpoint({
  method: 'POST',
  path: '/channels/:channel_id/ack',
  summary: 'Say how far one has read; accepted, but not remembered yet',
  access: channel('view_channel'),
  body: Acknowledgement,
  returns: Nothing,
  run: () => {},
});

export const listActiveSessions = endpoint({
  method: 'GET',
  path: '/channels/:channel_id/sessions/active',
  summary: 'List running plugin sessions; always empty, since plugins do not run yet',
  access: channel('view_channel'),
  returns: z.array(PluginSession),
  run: () => [],
});

export const listSounds = endpoint({
  method: 'GET',
  path: '/spaces/:space_id/soundboard',
  summary: 'List the sounds of a space; always empty, since there are none yet',
  access: spaceMember,
  returns: z.array(Sound),
  run: () => [],
});
