// Members are found by any part of a name, at the cost of what is found and not of the space.
import { expect, test } from 'bun:test';
import { migrations } from '../../src/db/migrations.ts';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { leaveSomeSpaces } from '../../src/features/spaces/members/actions.ts';
import type { Person } from '../support/person.ts';
import { addMembers } from '../support/masses.ts';
import { countRows } from '../support/crowd.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world } from '../support/world.ts';

/** Ids of the members that a search finds. */
async function found(by: Person, space: { id: string }, query: string): Promise<string[]> {
  const path = `/spaces/${space.id}/members/search?query=${encodeURIComponent(query)}&limit=100`;
  const members = await by.does('GET', path);
  return members.map(({ user_id }: { user_id: string }) => user_id);
}

/** Does what was left for later turns. */
async function cleared(server: TestServer): Promise<void> {
  while (await server.turn(clearSlice));
}

test('names are found without their accents, marks and case, and with them', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const names: [name: string, ...queries: string[]][] = [
    ['José', 'jose', 'JOSÉ', 'jos\u0065\u0301', 'sé'],
    ['Zoë Straße', 'zoe strasse', 'STRASSE'],
    ['Łukasz İpek', 'ipek', 'İPEK', 'lukasz', 'ŁUKASZ'],
    ['Алёна Йод', 'алена', 'иод'],
    ['أحمد', 'احمد', 'أحمد'],
    ['مـحـمـد', 'محمد'],
    ['Đặng', 'dang'],
    ['O’Brien', "o'brien"],
    ['Ξένια', 'ξενια', 'ΞΈΝΙΑ'],
    ['שָׁלוֹם', 'שלום'],
    ['ガイド', 'ガイド', 'がいど'],
    ['한글', '한글', '글'],
    ['😀 fox', '😀', 'fox'],
    ['ｆｕｌｌ', 'full'],
    ['100%_sure "x"', '%_', '"x"', '%'],
  ];
  const path = `/spaces/${space.id}/members/@me`;
  for (const [nickname, ...queries] of names) {
    await bob.does('PATCH', path, { nickname });
    for (const query of queries) {
      expect([nickname, query, await found(anna, space, query)]).toEqual([
        nickname,
        query,
        [bob.id],
      ]);
    }
  }
  // The vowels of other scripts are no accents.
  await bob.does('PATCH', path, { nickname: 'की' });
  expect(await found(anna, space, 'का')).toEqual([]);
  // Nothing but marks finds nobody.
  expect(await found(anna, space, '\u0301')).toEqual([]);
});

test('names that were folded otherwise by an earlier version are looked through after an upgrade', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  await bob.does('PATCH', '/users/@me', { display_name: 'Łukasz' });
  await cleared(server);
  await server.turn(({ tx: { sqlite } }) => {
    sqlite.run("UPDATE users SET folded_name = 'łukasz' WHERE folded_name = 'lukasz'");
    sqlite.run("UPDATE member_names SET names = replace(names, 'lukasz', 'łukasz')");
    sqlite.run('DELETE FROM member_search');
  });
  const people = async () =>
    (await anna.does('GET', '/users/search?query=lukasz')).map(({ id }: { id: string }) => id);
  expect([await found(anna, space, 'lukasz'), await people()]).toEqual([[], []]);
  const upgrade = migrations
    .flatMap((text) => text.split('--> statement-breakpoint'))
    .findLast((statement) => statement.includes('"unindexed"'));
  await server.turn(({ tx }) => void tx.sqlite.run(upgrade ?? ''));
  await cleared(server);
  expect([await found(anna, space, 'lukasz'), await people()]).toEqual([[bob.id], [bob.id]]);
});

test('a member is found by the names it has now, in the spaces where it is', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const other = await anna.founds('Other');
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nickname: 'Robert' });
  expect(await found(anna, space, 'obert')).toEqual([bob.id]);
  expect(await found(anna, other.space, 'obert')).toEqual([]);
  await bob.joins(other.space);
  // A nickname counts in its space only; the account's names everywhere.
  expect(await found(anna, other.space, 'obert')).toEqual([]);
  await bob.does('PATCH', '/users/@me', { display_name: 'Bobby Tables', username: 'bobtables' });
  for (const one of [space, other.space]) {
    expect(await found(anna, one, 'y tab')).toEqual([bob.id]);
    expect(await found(anna, one, 'btables')).toEqual([bob.id]);
  }
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nickname: '' });
  expect(await found(anna, space, 'obert')).toEqual([]);
  await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
  expect(await found(anna, space, 'bob')).toEqual([]);
  expect(await found(anna, other.space, 'bob')).toEqual([bob.id]);
  await server.turn((turn) => leaveSomeSpaces(turn, bob.id));
  expect(await found(anna, other.space, 'bob')).toEqual([]);
  await anna.does('DELETE', `/spaces/${other.space.id}`);
  await cleared(server);
  expect(countRows(server, 'member_names', `space_id = '${other.space.id}'`)).toBe(0);
});

test('an account that is in many spaces is found by its new name in all of them', async () => {
  await using server = await startTest();
  const { anna, bob } = await world(server, 'anna', 'bob');
  const spaces: { id: string }[] = [];
  for (let n = 0; n < 25; n += 1) {
    const { space } = await anna.founds(`Space ${n}`);
    await bob.joins(space);
    spaces.push(space);
  }
  await bob.does('PATCH', '/users/@me', { display_name: 'Renée' });
  await cleared(server);
  for (const space of spaces) expect(await found(anna, space, 'renee')).toEqual([bob.id]);
});

test('a search reads as many names as it finds, however many members there are', async () => {
  await using server = await startTest();
  const { anna, space } = await world(server, 'anna');
  const zoe = await server.person('zoe');
  await zoe.joins(space);
  const { sqlite } = server.app.db;
  const asked = sqlite.rows.bind(sqlite);
  let read = 0;
  sqlite.rows = (shape, sql) => {
    const rows = asked(shape, sql);
    if (!sql.includes('member_search MATCH')) return rows;
    return {
      ...rows,
      get: rows.get.bind(rows),
      all(...bound) {
        const all = rows.all(...bound);
        read += all.length;
        return all;
      },
    };
  };
  const readBy = async (query: string): Promise<number> => {
    read = 0;
    await found(anna, space, query);
    return read;
  };
  const few = [await readBy('zo'), await readBy('z'), await readBy('nobody')];
  await addMembers(server, space, 2_000);
  expect([await readBy('zo'), await readBy('z'), await readBy('nobody')]).toEqual(few);
  expect(few).toEqual([1, 1, 0]);
  // As many as a page of results, not all that fit.
  expect(await readBy('member')).toBe(100);
});
