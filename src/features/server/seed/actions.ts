// Makes what clients' test suites start from, or finds it again: the same ids, new tokens.
import { spaceAccess } from '../../../access/load.ts';
import {
  hashToken,
  newToken,
  revokeTokens,
  insertToken,
  tokensOf,
} from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { createApplication, resetToken } from '../../bots/applications/actions.ts';
import { applicationsOf, type ApplicationRow } from '../../bots/applications/queries.ts';
import { createChannel } from '../../spaces/channels/actions.ts';
import { channelViews } from '../../spaces/channels/view.ts';
import { join } from '../../spaces/members/actions.ts';
import { insertPlugin, pluginsOf } from '../../bots/plugins/queries.ts';
import { pluginView } from '../../bots/plugins/view.ts';
import { foundSpace } from '../../spaces/spaces/actions.ts';
import { spacesOfMember, type SpaceRow } from '../../spaces/spaces/queries.ts';
import { knownUser } from '../../people/users/actions.ts';
import { findUserByName, insertUser, type UserRow } from '../../people/users/queries.ts';
import type { Seed } from './schema.ts';

const names = {
  user: 'test_user',
  application: 'TestBot',
  space: 'Test Space',
  plugin: 'Test Plugin',
} as const;
const maxApplications = 25;
const tenYears_ms = 10 * 365 * 24 * 3_600_000;

/** Makes the account, application and space, whose roles and channel follow in this turn. */
export function layOut(turn: Turn): { user_id: string } {
  const user = findUserByName(turn.tx, names.user) ?? makeUser(turn);
  if (testApplication(turn, user) === undefined) {
    createApplication(turn, user, { name: names.application, description: '' });
  }
  if (testSpace(turn, user) === undefined) {
    foundSpace(turn, user.id, { name: names.space, public: false, allow_guest_access: true });
  }
  return { user_id: user.id };
}

function makeUser(turn: Turn): UserRow {
  const id = turn.id();
  const display_name = 'Test User';
  insertUser(turn.tx, { id, username: names.user, display_name, created_at: turn.now });
  return knownUser(turn, id);
}

function testApplication({ tx }: Turn, user: UserRow): ApplicationRow | undefined {
  return applicationsOf(tx, user.id, maxApplications).find(
    ({ name }) => name === names.application,
  );
}

/** The oldest space of that name: tests make more of them. */
function testSpace({ tx }: Turn, user: UserRow): SpaceRow | undefined {
  return spacesOfMember(tx, user.id).find(
    ({ name, owner_id }) => name === names.space && owner_id === user.id,
  );
}

/** Completes the space and returns everything, with new tokens that end all earlier ones. */
export function seed(turn: Turn, user_id: string): Seed {
  const user = knownUser(turn, user_id);
  const application = testApplication(turn, user);
  const space = testSpace(turn, user);
  if (application === undefined || space === undefined) throw new Error('nothing was laid out');
  const bot = knownUser(turn, application.bot_user_id);
  join(turn, space.id, bot.id);
  makeChannels(turn, user.id, space.id);
  return {
    user: {
      id: user.id,
      username: user.username,
      token: freshToken(turn, user),
      token_type: 'Bearer',
    },
    bot: {
      id: bot.id,
      username: bot.username,
      token: resetToken(turn, application),
      token_type: 'Bot',
      application_id: application.id,
    },
    space,
    channels: channelViews(turn.tx, space.id),
    plugin: pluginView(testPlugin(turn, space)),
  };
}

function freshToken(turn: Turn, { id: user_id }: UserRow): string {
  revokeTokens(turn, user_id, tokensOf(turn.tx, user_id));
  const token = newToken();
  insertToken(turn.tx, {
    hash: hashToken(token),
    user_id,
    kind: 'user',
    created_at: turn.now,
    expires_at: turn.now + tenYears_ms,
  });
  return token;
}

function makeChannels(turn: Turn, user_id: string, space_id: string): void {
  const known = new Set(channelViews(turn.tx, space_id).map(({ name }) => name));
  for (const [name, topic] of [
    ['general', null],
    ['testing', 'Test channel'],
  ] as const) {
    const space = spaceAccess(turn.app, space_id);
    if (space === null || known.has(name)) continue;
    createChannel(turn, { actor: { id: user_id }, space }, { name, type: 'text', topic });
  }
}

function testPlugin(turn: Turn, space: SpaceRow) {
  const find = () =>
    pluginsOf(turn.tx, space.id, { type: 'activity', after: '', limit: 1000 }).find(
      ({ name }) => name === names.plugin,
    );
  const known = find();
  if (known !== undefined) return known;
  insertPlugin(turn.tx, {
    id: turn.id(),
    space_id: space.id,
    creator_id: space.owner_id,
    name: names.plugin,
    type: 'activity',
    runtime: 'scripted',
    description: 'Made for tests of clients',
    version: '1.0.0',
    entry_point: 'src/main.lua',
    max_participants: 8,
    max_spectators: -1,
    lobby: true,
    created_at: turn.now,
    updated_at: turn.now,
  });
  const made = find();
  if (made === undefined) throw new Error('the plugin was not made');
  return made;
}
