// Spaces that are large: members, channels and roles written as rows, without a word to anybody.
import { changesSpace } from '../../src/access/load.ts';
import type { Turn } from '../../src/app.ts';
import { placeChannel } from '../../src/features/spaces/channels/actions.ts';
import { insertMember } from '../../src/features/spaces/members/queries.ts';
import { insertRole } from '../../src/features/spaces/roles/queries.ts';
import { insertUser } from '../../src/features/people/users/queries.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { Person } from './person.ts';
import type { TestServer } from './server.ts';

interface Space {
  id: string;
}

/** Accounts that are members of the space; answers their ids. */
export function addMembers(
  server: TestServer,
  space: Space,
  count: number,
  more: { display_name?: string; bio?: string } = {},
): Promise<string[]> {
  return server.turn((turn: Turn) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const id = turn.id();
      insertUser(turn.tx, { id, username: `member_${n}_${id}`, created_at: turn.now, ...more });
      insertMember(turn.tx, { space_id: space.id, user_id: id, joined_at: turn.now });
      ids.push(id);
    }
    return ids;
  });
}

/** The same with tokens, as people who can do something. */
export async function addPeople(
  server: TestServer,
  space: Space,
  count: number,
): Promise<Person[]> {
  const ids = await addMembers(server, space, count);
  const tokens = await server.turn((turn: Turn) => ids.map((id) => issueToken(turn, id)));
  return ids.map(
    (id, n) => new Person(server, { id, name: `person ${n}`, token: tokens[n] ?? '' }),
  );
}

/** Channels that every member may view; answers their ids. */
export function addChannels(
  server: TestServer,
  space: Space,
  count: number,
  topic: string,
): Promise<string[]> {
  return server.turn((turn: Turn) => {
    changesSpace(turn.app, space.id);
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const wish = { name: `channel ${n}`, type: 'text' as const, topic, position: n + 1 };
      ids.push(placeChannel(turn, space.id, wish).id);
    }
    return ids;
  });
}

/** Roles that nobody has; answers their ids. */
export function addRoles(server: TestServer, space: Space, count: number): Promise<string[]> {
  return server.turn((turn: Turn) => {
    changesSpace(turn.app, space.id);
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const id = turn.id();
      const position = n + 100;
      insertRole(turn.tx, { id, space_id: space.id, name: `role ${n}`, position, permissions: [] });
      ids.push(id);
    }
    return ids;
  });
}
