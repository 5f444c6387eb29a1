// What READY shows of a space is kept; it must never be older than the rows.
import { expect, test } from 'bun:test';
import { picturesOf, pictureOf, changesPicture } from '../../src/gateway/pictures.ts';
import { findUser } from '../../src/features/people/users/queries.ts';
import { publicUser } from '../../src/features/people/users/view.ts';
import { deleteAccount } from '../../src/features/server/accounts/actions.ts';
import { memberPicture } from '../../src/features/spaces/members/pictures.ts';
import { RowCache } from '../../src/lib/row-cache.ts';
import { OpenText, Written } from '../../src/lib/written.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { setSettings } from '../support/unclaimed.ts';
import { deny, empower, hiddenChannel, world } from '../support/world.ts';

/** What READY shows somebody of a space, beside what the API answers. */
async function compared(reader: Person, space: { id: string }) {
  const ears = await reader.listens();
  const { ready } = ears;
  ears.close();
  const path = `/spaces/${space.id}`;
  const members: any[] = await reader.does('GET', `${path}/members?limit=100`);
  const own = (list: string) => ready[list].filter(({ space_id }: any) => space_id === space.id);
  const byId = (list: any[], key: string) => list.toSorted((a, b) => (a[key] < b[key] ? -1 : 1));
  const users = new Map(ready['users'].map((user: any) => [user.id, user]));
  return {
    shown: {
      space: ready['spaces'].find(({ id }: any) => id === space.id),
      channels: own('channels'),
      roles: own('roles'),
      members: byId(own('members'), 'user_id').map((one) => {
        return { ...one, user: users.get(one.user_id) };
      }),
    },
    answered: {
      space: await reader.does('GET', path),
      channels: await reader.does('GET', `${path}/channels`),
      roles: await reader.does('GET', `${path}/roles`),
      members: byId(members, 'user_id').map((one) => {
        const row = findUser(reader.server.app.db, one.user_id);
        return { ...one, user: row && publicUser(row) };
      }),
    },
  };
}

test('READY shows all of a space as it is, whatever has changed since another one', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space, general } = here;
  const path = `/spaces/${space.id}`;
  const role = await owner.does('POST', `${path}/roles`, { name: 'Fish' });
  const other = await owner.does('POST', `${path}/channels`, { name: 'other', type: 'text' });
  const steps: [string, () => Promise<unknown>][] = [
    ['nothing', async () => {}],
    ['the name of the space', () => owner.does('PATCH', path, { name: 'Elsewhere' })],
    ['who may look at it', () => owner.does('PATCH', path, { public: false })],
    ['how many it takes', () => setSettings(server, { max_members_per_space: 77 })],
    ['the colour of a role', () => owner.does('PATCH', `${path}/roles/${role.id}`, { color: 7 })],
    [
      'what a role may do',
      () => owner.does('PATCH', `${path}/roles/${role.id}`, { permissions: ['ban_members'] }),
    ],
    ['who has a role', () => owner.does('PUT', `${path}/members/${cleo.id}/roles/${role.id}`)],
    ['a role that is gone', () => owner.does('DELETE', `${path}/roles/${role.id}`)],
    [
      'the topic of a channel',
      () => owner.does('PATCH', `/channels/${general.id}`, { topic: '"last_message_id":null' }),
    ],
    [
      'the order of channels',
      () =>
        owner.does('PATCH', `${path}/channels`, [
          { id: other.id, position: 0 },
          { id: general.id, position: 1 },
        ]),
    ],
    ['a message', () => cleo.says(general, 'hello')],
    ['a channel that is hidden', () => deny(here, other, 'view_channel')],
    ['a channel that is gone', () => owner.does('DELETE', `/channels/${other.id}`)],
    ['a nickname', () => cleo.does('PATCH', `${path}/members/@me`, { nickname: 'Clio' })],
    ['a profile', () => cleo.does('PATCH', '/users/@me', { display_name: 'Cleopatra' })],
    ['a newcomer', async () => void (await empower(here, bob, 'mute_members'))],
    ['somebody who leaves', () => cleo.does('DELETE', `${path}/members/@me`)],
  ];
  for (const [what, change] of steps) {
    await change();
    for (const reader of [bob, owner]) {
      const { shown, answered } = await compared(reader, space);
      expect([what, shown]).toEqual([what, answered]);
    }
  }
});

test('a nickname does not outlive an account, also where the membership is cleared later', async () => {
  await using server = await startTest();
  const { olga, bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  const spaces: { id: string }[] = [];
  for (let n = 0; n < 8; n += 1) {
    const { space } = await olga.founds(`Space ${n}`);
    spaces.push(space);
    await bob.joins(space);
    await cleo.joins(space);
    await cleo.does('PATCH', `/spaces/${space.id}/members/@me`, { nickname: 'Clio' });
  }
  const { ready } = await bob.listens();
  expect(JSON.stringify(ready)).toContain('Clio');
  await server.turn((turn) => deleteAccount(turn, cleo.id));
  const left = spaces.flatMap(({ id }) => memberPicture(server.app, id, cleo.id) ?? []);
  expect(left.length).toBeGreaterThan(0);
  expect(JSON.stringify(left)).not.toMatch(/Clio|"cleo"/);
});

test('readers are shown the same picture of what each of them may see', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { owner, bob } = here;
  const hidden = await hiddenChannel(here);
  for (const [reader, sees] of [
    [owner, true],
    [bob, false],
    [owner, true],
  ] as const) {
    const { ready } = await reader.listens();
    expect(JSON.stringify(ready).includes(hidden.id)).toBe(sees);
  }
});

test('a picture is kept until it changes, within its bytes, and compared where it is strict', () => {
  const cache = new RowCache();
  const kind = picturesOf<Written>(1_000);
  let name = 'one';
  let drawn = 0;
  const of = (id: string, strict = false) =>
    pictureOf({ cache, strict }, kind, id, () => {
      drawn += 1;
      return Written.of({ name });
    }).text;
  expect([of('1'), of('1'), drawn]).toEqual(['{"name":"one"}', '{"name":"one"}', 1]);
  name = 'two';
  expect(of('1')).toBe('{"name":"one"}');
  expect(() => of('1', true)).toThrow('the picture of 1');
  changesPicture({ cache }, kind, '1');
  expect(of('1', true)).toBe('{"name":"two"}');
  name = 'x'.repeat(900);
  of('2');
  of('3');
  const before = drawn;
  of('2');
  expect(drawn).toBe(before + 1);
});

test('a field that is left open takes any value, and is counted', () => {
  const open = new OpenText(Written.of({ a: 'ü"x":null', x: null, b: 1 }), 'x');
  const written = open.with('"5"');
  expect(JSON.parse(written.text)).toEqual({ a: 'ü"x":null', x: '5', b: 1 });
  expect(written.bytes).toBe(Buffer.byteLength(written.text));
  expect(() => new OpenText(Written.of({ x: 1 }), 'x')).toThrow();
});
