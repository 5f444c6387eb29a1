// What a session is owed when the server is killed: it begins anew, and never goes on without the rest.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { startAgain } from '../support/again.ts';
import type { Ears } from '../support/ears.ts';
import { Folder } from '../support/folder.ts';
import { addChannels } from '../support/masses.ts';
import { Person } from '../support/person.ts';
import { dropped, refusal, standOf, type Stand } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { everyoneOf, quietly, world } from '../support/world.ts';

/** A client that is sent 45 KiB at a time. */
const slowly = { properties: { os: 'web' } };
const long = 't'.repeat(1_000);

/** The server as a kill -9 would leave it now, started again. */
async function killedNow(folder: Folder): Promise<TestServer & AsyncDisposable> {
  const name = `killed-${crypto.randomUUID()}.db`;
  const now = new Database(join(folder.path, 'accord.db'));
  now.run('VACUUM INTO ?', [join(folder.path, name)]);
  now.close();
  const again = await startAgain({ DATABASE_URL: `sqlite:${join(folder.path, name)}` });
  return Object.assign(again, { [Symbol.asyncDispose]: () => again.stop() });
}

const on = (server: TestServer, { id, name, token }: Person) =>
  new Person(server, { id, name, token });

/** Waits until the session heard a message, which overtakes what it is owed. */
async function overtaken(here: { owner: Person; general: any }, ears: Ears): Promise<Stand> {
  await here.owner.says(here.general, 'it overtakes');
  await ears.hears('message.create');
  return standOf(ears);
}

const channels = ({ frames, ready }: Ears) =>
  (ready['channels'] as unknown[]).length +
  frames.filter(({ type }) => type === 'channel.create').length;

test('killed while the rest of READY is sent: RESUME is refused, whatever number it names', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const here = await world(server, 'olga', 'bob');
  const ids = await addChannels(server, here.space, 300, long);
  const ears = await here.bob.listens(quietly, slowly);
  const stand = await overtaken(here, ears);
  expect(channels(ears)).toBeLessThan(ids.length);
  {
    await using again = await killedNow(folder);
    expect(await refusal(on(again, here.bob), { ...stand, seq: again.app.seq() })).toBe(4009);
  }
  // Once all has come, the last frame has a number, and with that one it can go on.
  const last = await ears.hears('user.update');
  expect(channels(ears)).toBeGreaterThan(ids.length);
  await using later = await killedNow(folder);
  expect(last.seq).toBeGreaterThan(stand.seq);
  const before = { ...stand, seq: (last.seq ?? 0) - 1 };
  expect(await refusal(on(later, here.bob), before)).toBe(4009);
});

test('killed after the rest of READY came: RESUME goes on', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const here = await world(server, 'olga', 'bob');
  await addChannels(server, here.space, 300, long);
  const ears = await here.bob.listens(quietly, slowly);
  await ears.hears('user.update');
  await using again = await killedNow(folder);
  const { session_id, seq } = standOf(ears);
  await on(again, here.bob).resumes(session_id, seq);
});

test('killed while hundreds of gained channels are shown: RESUME is refused, afterwards it goes on', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const here = await world(server, 'olga', 'bob');
  const everyone = await everyoneOf(here);
  const path = `/spaces/${here.space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  const hall = await here.owner.does('POST', `/spaces/${here.space.id}/channels`, { name: 'hall' });
  await here.owner.does('PUT', `/channels/${hall.id}/permissions/${here.bob.id}`, {
    type: 'member',
    allow: ['view_channel', 'read_history'],
    deny: [],
  });
  await here.owner.does('PATCH', path, { permissions: less });
  const ids = await addChannels(server, here.space, 300, long);
  const ears = await here.bob.listens(quietly, slowly);
  await here.owner.does('PATCH', path, { permissions: everyone.permissions });
  const stand = await overtaken({ owner: here.owner, general: hall }, ears);
  {
    await using again = await killedNow(folder);
    expect(await refusal(on(again, here.bob), { ...stand, seq: again.app.seq() })).toBe(4009);
  }
  const last = await ears.frame(
    ({ type, seq }) => type === 'channel.create' && seq !== undefined,
    'the last channel',
  );
  expect(channels(ears)).toBeGreaterThanOrEqual(ids.length);
  expect(last.seq).toBeGreaterThan(stand.seq);
  await using later = await killedNow(folder);
  await on(later, here.bob).resumes(stand.session_id, standOf(ears).seq);
});

test('whoever was not told how far gained channels are read begins anew, whoever was goes on', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const { bob, owner, space, general } = here;
  const everyone = await everyoneOf(here);
  const path = `/spaces/${space.id}/roles/${everyone.id}`;
  const less = everyone.permissions.filter((one: string) => one !== 'view_channel');
  const ids = [general.id, ...(await addChannels(server, space, 40, 't'))];
  for (const id of ids) await owner.says({ id }, `for <@${bob.id}>`);
  await owner.does('PATCH', path, { permissions: less });
  const [early, late] = [await bob.listens(quietly), await bob.listens(quietly)];
  await owner.does('PATCH', path, { permissions: everyone.permissions });
  const shown = await early.frame(
    ({ type, seq }) => type === 'channel.create' && seq !== undefined,
    'the last channel',
  );
  for (const ears of [early, late]) await ears.hears('user.update');
  const states = late.frames.filter(({ type }) => type === 'read_state.update');
  expect(states.map(({ data }) => data['channel_id'])).toEqual(ids);
  expect(states.every(({ data }) => data['mention_count'] === 1 && data['unread'])).toBe(true);
  const stand = await dropped(early);
  expect(await refusal(bob, { ...stand, seq: shown.seq ?? 0 })).toBe(4009);
  const { session_id, seq } = await dropped(late);
  expect(seq).toBeGreaterThan(shown.seq ?? 0);
  await bob.resumes(session_id, seq);
});

test('killed while a joined space is shown: RESUME is refused, afterwards it goes on', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const here = await world(server, 'olga', 'bob');
  const large = await here.owner.founds('Large');
  await addChannels(server, large.space, 200, long);
  const ears = await here.bob.listens(quietly, slowly);
  await here.bob.joins(large.space);
  const stand = await overtaken(here, ears);
  {
    await using again = await killedNow(folder);
    expect(await refusal(on(again, here.bob), { ...stand, seq: again.app.seq() })).toBe(4009);
  }
  await ears.frame(({ type, seq }) => type === 'role.create' && seq !== undefined, 'the last role');
  await using later = await killedNow(folder);
  await on(later, here.bob).resumes(stand.session_id, standOf(ears).seq);
});

test('who drops while it is owed something begins anew; a small READY owes nothing', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob');
  const small = await here.bob.listens(quietly);
  await small.settled();
  const stand = await dropped(small);
  const { ears } = await here.bob.resumes(stand.session_id, stand.seq);
  const large = await here.owner.founds('Large');
  await addChannels(server, large.space, 200, long);
  await here.bob.joins(large.space);
  await ears.hears('space.create');
  await here.owner.says(here.general, 'meanwhile');
  const web = await here.bob.listens(quietly, slowly);
  await web.settled();
  const owed = await dropped(web);
  expect(await refusal(here.bob, { ...owed, seq: server.app.seq() })).toBe(4009);
});

test('who is owed two things is not done with the first', async () => {
  using folder = new Folder();
  await using server = await startTest({ settings: folder.settings });
  const here = await world(server, 'olga', 'bob');
  const spaces = [];
  for (const name of ['First', 'Second']) {
    const { space } = await here.owner.founds(name);
    await addChannels(server, space, 150, long);
    spaces.push(space);
  }
  const ears = await here.bob.listens(quietly, slowly);
  for (const space of spaces) await here.bob.joins(space);
  const first = await ears.frame(
    ({ type, seq }) => type === 'role.create' && seq !== undefined,
    'the last of the first space',
  );
  expect(first.data['space_id']).toBe(spaces[0]?.id);
  await using again = await killedNow(folder);
  const stand = { ...standOf(ears), seq: again.app.seq() };
  expect(await refusal(on(again, here.bob), stand)).toBe(4009);
});
