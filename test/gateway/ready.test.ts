import { expect, test } from 'bun:test';
import type { Ears, Frame } from '../support/ears.ts';
import { addChannels, addMembers, addRoles } from '../support/masses.ts';
import { patience_ms } from '../support/patience.ts';
import { allIntents, type Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { hiddenChannel, world } from '../support/world.ts';

const lists = [
  'spaces',
  'channels',
  'roles',
  'members',
  'users',
  'presences',
  'voice_states',
  'rings',
  'dm_channels',
  'mutes',
  'unread',
  'relationships',
];

const idsOf = (list: { id: string }[]) => list.map(({ id }) => id);

/** Reads what follows READY until everything of one kind is known. */
async function until(ears: Ears, isEnough: (events: Frame[]) => boolean): Promise<Frame[]> {
  const end = Date.now() + patience_ms;
  const events = () => ears.frames.filter(({ op, type }) => op === 0 && type !== 'ready');
  while (!isEnough(events())) {
    if (Date.now() > end) throw new Error('the rest of READY did not come');
    await ears.settled();
  }
  await ears.settled();
  return events();
}

/** Every frame is small enough for the Godot client; only READY and what comes last have a number. */
function expectFit({ frames }: Ears): void {
  for (const frame of frames) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(65_535);
    if (frame.type === undefined || frame.type === 'ready') continue;
    if (frame.type === 'user.update') expect(frames.findLast(({ op }) => op === 0)).toBe(frame);
    else expect(frame).not.toHaveProperty('seq');
  }
}

/** The members of a space that a session knows by now, of READY and of what followed. */
function membersOf(ears: Ears, space: { id: string }): string[] {
  const chunks = ears.frames.filter(({ type }) => type === 'member.chunk');
  const all = [ears.ready, ...chunks.map(({ data }) => data)].flatMap(({ members }) => members);
  return all.filter(({ space_id }) => space_id === space.id).map(({ user_id }) => user_id);
}

test('READY says who one is, and holds every list also when there is nothing in it', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  await anna.does(
    'DELETE',
    `/spaces/${(await anna.does('GET', '/users/@me/spaces'))[0].id}/members/@me`,
  );
  const ears = await anna.listens();
  const { ready } = ears;
  expect(ready).toMatchObject({
    session_id: expect.stringMatching(/^\d+$/),
    user_id: anna.id,
    user: { id: anna.id, username: 'anna', is_admin: false, mfa_enabled: false },
    is_guest: false,
    api_version: 'v1',
    motd: null,
  });
  const presences = [expect.objectContaining({ user_id: anna.id, status: 'online' })];
  for (const list of lists) expect(ready[list]).toEqual(list === 'presences' ? presences : []);
  expect(ears.frames.find(({ type }) => type === 'ready')?.seq).toBe(server.app.seq());
});

test('READY shows of a space what its member may see', async () => {
  await using server = await startTest();
  const here = await world(server, 'olga', 'bob', 'cleo');
  const { owner, bob, cleo, space, general } = here;
  const hidden = await hiddenChannel(here);
  await cleo.listens(allIntents, {
    presence: { status: 'invisible', activities: [{ name: 'x' }] },
  });
  const { ready } = await bob.listens();
  expect(idsOf(ready['spaces'])).toContain(space.id);
  const own = (list: string) => ready[list].filter(({ space_id }: any) => space_id === space.id);
  expect(idsOf(own('channels'))).toEqual([general.id]);
  expect(own('roles').map(({ position }: any) => position)).toEqual([0, 1, 2]);
  expect(
    own('members')
      .map(({ user_id }: any) => user_id)
      .toSorted(),
  ).toEqual([owner.id, bob.id, cleo.id].toSorted());
  for (const user of ready['users']) {
    for (const field of ['is_admin', 'mfa_enabled', 'disabled', 'flags', 'dm_policy']) {
      expect(user).not.toHaveProperty(field);
    }
  }
  const known = new Set(idsOf(ready['users']));
  for (const { user_id } of ready['members']) expect(known.has(user_id)).toBe(true);
  expect(ready['presences'].map(({ user_id }: any) => user_id)).toEqual([bob.id]);
  const owners = (await owner.listens()).ready;
  expect(idsOf(owners['channels'])).toEqual(expect.arrayContaining([general.id, hidden.id]));
});

test('of 1,000 members with long names and bios READY holds some, and chunks all the others', async () => {
  await using server = await startTest();
  const { owner, bob, space } = await world(server, 'olga', 'bob');
  const long = { display_name: '字'.repeat(32), bio: '"\n字'.repeat(600) };
  const ids = await addMembers(server, space, 998, long);
  const ears = await bob.listens();
  await until(ears, () => new Set(membersOf(ears, space)).size >= 1_000);
  expectFit(ears);
  const all = membersOf(ears, space);
  expect(all.toSorted()).toEqual([...ids, owner.id, bob.id].toSorted());
  const chunks = ears.frames.filter(
    ({ type, data }) => type === 'member.chunk' && data['space_id'] === space.id,
  );
  for (const [index, { data }] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    expect(data).toMatchObject({ space_id: space.id, chunk_index: index, not_found: [] });
    expect(data['chunk_count']).toBe(isLast ? index + 1 : index + 2);
    // Browsers have no more than 64 KiB for what they have not read yet.
    expect(Buffer.byteLength(JSON.stringify({ data }))).toBeLessThanOrEqual(16 * 1024);
    for (const member of data['members']) {
      expect(member.user.id).toBe(member.user_id);
      expect(member.user).not.toHaveProperty('is_admin');
    }
  }
});

test('of more than 1,000 members those who are online are sent, with what they show', async () => {
  await using server = await startTest();
  const { bob, cleo, dora, space } = await world(server, 'olga', 'bob', 'cleo', 'dora');
  await addMembers(server, space, 1_200, { bio: 'x'.repeat(400) });
  await cleo.listens(allIntents, { presence: { status: 'dnd' } });
  const dropped = await dora.listens();
  dropped.drop();
  await dropped.closes();
  const ears = await bob.listens();
  expect(membersOf(ears, space).toSorted()).toEqual([bob.id, cleo.id, dora.id].toSorted());
  expect(ears.ready['presences']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ user_id: cleo.id, status: 'dnd' }),
      expect.objectContaining({ user_id: dora.id, status: 'online' }),
    ]),
  );
});

test('hundreds of channels and roles follow READY one by one, without numbers', async () => {
  await using server = await startTest();
  const { bob, space, general } = await world(server, 'olga', 'bob');
  const channel_ids = await addChannels(server, space, 400, 't'.repeat(200));
  const role_ids = await addRoles(server, space, 240);
  const ears = await bob.listens();
  const count = (type: string) => ears.frames.filter((frame) => frame.type === type).length;
  const { channels, roles } = ears.ready;
  const own = (list: any[]) => list.filter(({ space_id }) => space_id === space.id);
  await until(ears, () => own(channels).length + count('channel.create') >= 401);
  await until(ears, () => own(roles).length + count('role.create') >= 243);
  expectFit(ears);
  const told = (type: string) => ears.frames.filter((frame) => frame.type === type);
  const known = [...own(channels), ...told('channel.create').map(({ data }) => data)];
  expect(idsOf(known as any)).toEqual([general.id, ...channel_ids]);
  const knownRoles = [...own(roles), ...told('role.create').map(({ data }) => data['role'])];
  expect(idsOf(knownRoles)).toEqual(expect.arrayContaining(role_ids));
  expect(own(channels).length).toBeGreaterThan(50);
});

test('spaces that do not fit follow as space.create', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const made = await Promise.all(
    Array.from({ length: 80 }, (_, n) =>
      anna.does('POST', '/spaces', { name: `Space ${n}`, description: 'd'.repeat(1_000) }),
    ),
  );
  const ears = await anna.listens(['spaces']);
  const inReady = idsOf(ears.ready['spaces']);
  const created = () => ears.frames.filter(({ type }) => type === 'space.create');
  await until(ears, () => inReady.length + created().length >= 81);
  expectFit(ears);
  const all = [...inReady, ...created().map(({ data }) => data['id'])];
  expect(all).toEqual(expect.arrayContaining(idsOf(made)));
  expect(new Set(all).size).toBe(all.length);
});

test('what follows READY is what the session asked for', async () => {
  await using server = await startTest();
  const { bob, space } = await world(server, 'olga', 'bob');
  await addMembers(server, space, 300, { bio: 'b'.repeat(500) });
  await addChannels(server, space, 100, 't'.repeat(500));
  const heardWith = async (bob: Person, intents: string[]) => {
    const ears = await bob.listens(intents);
    for (let n = 0; n < 5; n += 1) await ears.settled();
    const isRest = ({ op, type }: Frame) => op === 0 && type !== 'ready';
    if (!ears.frames.some(isRest)) return new Set();
    // Where anything follows, the last frame has a number, and every session may have it.
    const last = () => ears.frames.find(({ type }) => type === 'user.update');
    while (last() === undefined) await ears.settled();
    expect(last()?.seq).toBeNumber();
    const events = ears.frames.filter(isRest);
    expect(events.pop()?.type).toBe('user.update');
    return new Set(events.map(({ type }) => type));
  };
  expect(await heardWith(bob, ['messages'])).toEqual(new Set());
  expect(await heardWith(bob, ['members'])).toEqual(new Set(['member.chunk']));
  expect(await heardWith(bob, ['spaces', 'members'])).toEqual(
    new Set(['channel.create', 'member.chunk', 'role.create']),
  );
});

test('READY and what is heard after it make one picture, also while much happens', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  const sent: string[] = [];
  let isOver = false;
  const writing = Promise.all(
    [1, 2, 3].map(async () => {
      while (!isOver) sent.push((await owner.says(general, 'x')).id);
    }),
  );
  const ears: Ears[] = [];
  for (let n = 0; n < 12; n += 1) ears.push(await bob.listens(['messages']));
  isOver = true;
  await writing;
  for (const one of ears) {
    await one.settled();
    const { last_message_id } = one.ready['channels'].find(({ id }: any) => id === general.id);
    const heard = one.frames.filter(({ type }) => type === 'message.create');
    const later = sent.filter((id) => id > (last_message_id ?? '')).toSorted();
    expect(heard.map(({ data }) => data['id'])).toEqual(later);
  }
});
