// The REST endpoints of accounts.
import { z } from 'zod';
import { memberAccess } from '../../../access/load.ts';
import { isGuest } from '../../../access/place.ts';
import { account, accountOrGuest, signedIn } from '../../../access/rules.ts';
import { noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { meantName } from '../../../lib/name-text.ts';
import { discardImages, imagesBody, storeImages } from '../../base/files/images.ts';
import { countUpload, mayUpload } from '../../base/files/quota.ts';
import { changeUser } from './actions.ts';
import { readUser } from './memory.ts';
import { findUserByName, findUsers } from './queries.ts';
import {
  Connection,
  GuestUser,
  KnownUser,
  PeopleQuery,
  PublicUser,
  User,
  UserPatch,
} from './schema.ts';
import { peopleNamed } from './search.ts';
import { guestUser, ownUser, publicUser } from './view.ts';

export const getMe = endpoint({
  method: 'GET',
  path: '/users/@me',
  summary: "Read one's own account",
  access: accountOrGuest,
  unsettled: true,
  returns: z.xor([User, GuestUser]),
  run({ app, viewer }) {
    if (isGuest(viewer)) return guestUser(viewer);
    const row = readUser(app, viewer.id);
    if (row === undefined) throw noSuch('user');
    return ownUser(row);
  },
});

export const updateMe = endpoint({
  method: 'PATCH',
  path: '/users/@me',
  summary: "Change one's own account",
  hint: 'The user name changes three times in 30 days at most; the old one is kept for the account for as long.',
  access: account,
  body: UserPatch,
  body_limit: imagesBody(2),
  admits: mayUpload,
  returns: User,
  errors: ['already_exists'],
  async prepare({ app, viewer, body }) {
    const { id } = signedIn(viewer);
    const folders = { avatar: `avatars/${id}`, banner: `banners/${id}` } as const;
    const stored = await storeImages(app, body, folders);
    return stored;
  },
  abandon: (app, stored) => discardImages(app, stored),
  run({ turn, actor, body, prepared }) {
    const { username, avatar, banner, ...plain } = body;
    countUpload(turn, actor.id, prepared.bytes);
    const change = { ...plain, ...(username ? { username } : {}), ...prepared.images };
    return ownUser(changeUser(turn, actor.id, change, actor.is_admin ? 'admin' : 'owner'));
  },
});

export const getUser = endpoint({
  method: 'GET',
  path: '/users/:user_id',
  summary: 'Read an account; the private fields of one’s own only',
  access: accountOrGuest,
  returns: KnownUser,
  run({ app, viewer, params }) {
    const row = readUser(app, params.user_id);
    // Guests see only members of their space.
    const isHidden = isGuest(viewer) && memberAccess(app, viewer.space_id, params.user_id) === null;
    if (row === undefined || isHidden) throw noSuch('user');
    return row.id === viewer.id ? ownUser(row) : publicUser(row);
  },
});

export const searchUsers = endpoint({
  method: 'GET',
  path: '/users/search',
  summary:
    'Find friends and people of one’s own spaces by the beginning of a name, anyone by username',
  access: account,
  query: PeopleQuery,
  returns: z.array(PublicUser),
  run({ app, actor, query: { query, limit } }) {
    const exact = findUserByName(app.db, meantName(query));
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

export const listConnections = endpoint({
  method: 'GET',
  path: '/users/@me/connections',
  summary: 'List one’s accounts elsewhere; always empty, since none can be linked',
  access: account,
  returns: z.array(Connection),
  run: () => [],
});
