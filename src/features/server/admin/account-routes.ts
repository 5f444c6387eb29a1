// The REST surface of administering accounts and spaces.
import { z } from 'zod';
import { botOwner } from '../../../access/bots.ts';
import { instanceAdmin } from '../../../access/rules.ts';
import { noSuch } from '../../../errors.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { hashPassword } from '../../../lib/password.ts';
import { refuseWeak } from '../../doors/auth/new-password.ts';
import { findUser } from '../../people/users/queries.ts';
import { User } from '../../people/users/schema.ts';
import { ownUser } from '../../people/users/view.ts';
import { Space } from '../../spaces/spaces/schema.ts';
import { Nothing } from '../../shapes.ts';
import { changeAccount, isDeleted, setPassword } from './actions.ts';
import { listAccounts, listSpaces } from './lists.ts';
import { spaceCounts } from './queries.ts';
import { removeAccount } from './removal.ts';
import {
  AdminSpacePatch,
  AdminUserPatch,
  FindQuery,
  ListedSpace,
  ListedUser,
  PasswordReset,
  PasswordWasReset,
  UserDetails,
} from './schema.ts';
import { changeSpaceBy } from './spaces.ts';

const pages =
  'A page may be short and have a cursor all the same: one request looks at so many rows.';

export const listUsers = endpoint({
  method: 'GET',
  path: '/admin/users',
  summary: 'List all accounts by id, or find them by a part of the username',
  hint: pages,
  access: instanceAdmin,
  query: FindQuery,
  returns: z.array(ListedUser),
  form: 'page',
  prepare: ({ app, request, query }) => listAccounts(app, request, query),
  run: ({ prepared }) => prepared,
});

export const getAdminUser = endpoint({
  method: 'GET',
  path: '/admin/users/:user_id',
  summary: 'Read any account',
  access: instanceAdmin,
  returns: UserDetails,
  errors: ['not_found'],
  run({ app: { db }, params: { user_id } }) {
    const row = findUser(db, user_id);
    if (row === undefined || isDeleted(db, row)) throw noSuch('user');
    return {
      ...ownUser(row),
      force_password_reset: row.force_password_reset,
      space_count: spaceCounts(db, [user_id]).get(user_id) ?? 0,
      owner_id: botOwner(db, user_id),
    };
  },
});

export const updateAdminUser = endpoint({
  method: 'PATCH',
  path: '/admin/users/:user_id',
  summary: 'Change an account: administering, disabled, names',
  hint: 'Whoever is disabled is signed out everywhere, and so are their bots. The last instance admin stays one.',
  access: instanceAdmin,
  body: AdminUserPatch,
  returns: User,
  errors: ['not_found', 'already_exists'],
  run({ turn, actor, params, body }) {
    const { is_admin, disabled, force_password_reset, username, display_name } = body;
    const change = {
      is_admin: is_admin ?? undefined,
      disabled: disabled ?? undefined,
      force_password_reset: force_password_reset ?? undefined,
      username: username ?? undefined,
      display_name,
    };
    return ownUser(changeAccount(turn, actor, params.user_id, change));
  },
});

export const deleteAdminUser = endpoint({
  method: 'DELETE',
  path: '/admin/users/:user_id',
  summary: 'Delete an account; a bot goes with its application',
  hint: 'Not one’s own, no instance admin, and nobody who owns a space.',
  access: instanceAdmin,
  returns: Nothing,
  errors: ['not_found', 'invalid_request'],
  run: ({ turn, actor, params }) => removeAccount(turn, actor, params.user_id),
});

export const resetPassword = endpoint({
  method: 'POST',
  path: '/admin/users/:user_id/reset-password',
  summary: 'Give somebody a password, which has to be changed after the next login',
  hint: 'All logins of the account end, and its second factor is switched off.',
  access: instanceAdmin,
  body: PasswordReset,
  returns: PasswordWasReset,
  errors: ['not_found', 'invalid_request'],
  async prepare({ app, body: { new_password }, params: { user_id } }) {
    const username = findUser(app.db, user_id)?.username ?? '';
    await refuseWeak(app, new_password, { username });
    return hashPassword(new_password);
  },
  run({ turn, actor, params, prepared }) {
    setPassword(turn, actor, params.user_id, prepared);
    const message = 'The password is set; it has to be changed after the next login.';
    return { message, force_password_reset: true as const };
  },
});

export const listAllSpaces = endpoint({
  method: 'GET',
  path: '/admin/spaces',
  summary: 'List all spaces by id, or find them by a part of the name',
  hint: pages,
  access: instanceAdmin,
  query: FindQuery,
  returns: z.array(ListedSpace),
  form: 'page',
  prepare: ({ app, request, query }) => listSpaces(app, request, query),
  run: ({ prepared }) => prepared,
});

export const updateAdminSpace = endpoint({
  method: 'PATCH',
  path: '/admin/spaces/:space_id',
  summary: 'Change any space, or give it to another owner',
  access: instanceAdmin,
  body: AdminSpacePatch,
  returns: Space,
  errors: ['not_found'],
  run: ({ turn, actor, params, body }) => changeSpaceBy(turn, actor, params.space_id, body),
});
