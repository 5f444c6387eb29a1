// Nothing of a deleted account is seen in any list, from the answer on, long before its rows are gone.
import { expect, test } from 'bun:test';
import { clearSlice } from '../../src/features/base/clearing/slices.ts';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import { startAgain } from '../support/again.ts';
import { FakeClock } from '../support/clock.ts';
import type { Frame } from '../support/ears.ts';
import { gathers, opens } from '../support/conversing.ts';
import { countRows, fill } from '../support/crowd.ts';
import { clearAll, deletes, withPassword } from '../support/deleting.ts';
import { Folder } from '../support/folder.ts';
import { uploads } from '../support/forms.ts';
import { Person } from '../support/person.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { asks, befriend } from '../support/strangers.ts';
import { world } from '../support/world.ts';

const at = (channel: { id: string }, more = '') => `/channels/${channel.id}/messages${more}`;
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);

/** A name and words that stand in everything that bob has made, and nowhere else. */
const name = 'zanzibar';

/** Bob, by another name, has written and done something wherever one can; olga and cleo see it all. */
async function lively(server: TestServer) {
  const home = await world(server, 'olga', name, 'cleo');
  const { owner, space, general, cleo } = home;
  const bob = home[name];
  await withPassword(server, bob);
  await bob.does('PATCH', '/users/@me', { bio: `${name} bio`, display_name: `${name} shown` });
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { nick: `${name} once` });
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nick: `${name} nick` });
  const role = await owner.does('POST', `/spaces/${space.id}/roles`, {
    name: 'Crew',
    permissions: ['manage_emojis', 'ban_members', 'create_invites', 'manage_messages'],
  });
  await owner.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
  const { space: left, general: formerly } = await owner.founds('Left');
  await bob.joins(left);
  const forum = await owner.does('POST', `/spaces/${space.id}/channels`, {
    name: 'forum',
    type: 'forum',
  });
  const kept = await owner.says(general, 'kept');
  const file = { filename: 'a.txt', bytes: name };
  const first = (await uploads(bob, general, { content: `${name} <@${cleo.id}>` }, [file])).data;
  await owner.does('PUT', `/channels/${general.id}/pins/${first.id}`);
  const answer = await owner.says(general, 'an answer', { thread_id: first.id });
  const inThread = await bob.says(general, `${name} in a thread`, { thread_id: kept.id });
  const post = await bob.says(forum, `${name} post`, { title: `${name} title` });
  await bob.does('PUT', at(general, `/${kept.id}/reactions/x/@me`));
  await cleo.does('PUT', at(general, `/${kept.id}/reactions/x/@me`));
  const gone = await bob.says(formerly, `${name} where it was`);
  await bob.does('DELETE', `/spaces/${left.id}/members/@me`);
  const dm = await opens(bob, cleo);
  const inDm = await bob.says(dm, `${name} between us`);
  const group = await gathers(bob, cleo, owner);
  const inGroup = await bob.says(group, `${name} among us`);
  await befriend(bob, cleo);
  await asks(bob, owner);
  const invite = await bob.does('POST', `/channels/${general.id}/invites`, {});
  const dora = await server.person('dora');
  await bob.does('PUT', `/spaces/${space.id}/bans/${dora.id}`, {});
  const many = await fill(server, general, bob, 250, { content: name });
  await indexAll(server.app);
  const own = [first, inThread, post, gone, inDm, inGroup, { id: many[0] ?? '' }];
  return {
    ...home,
    bob,
    left,
    formerly,
    forum,
    kept,
    first,
    answer,
    inThread,
    post,
    gone,
    dm,
    group,
    own,
    invite,
  };
}
type Lively = Awaited<ReturnType<typeof lively>>;

/** Whatever somebody can list where bob was, as text by path. */
async function everything(person: Person, here: Lively): Promise<Record<string, string>> {
  const { space, left, general, formerly, forum, kept, dm, group, bob, invite } = here;
  const paths = [
    ...[general, formerly, forum, dm, group].flatMap((channel) => [
      at(channel, '?limit=100'),
      at(channel, '?after=1&limit=100'),
      `/channels/${channel.id}`,
      `/channels/${channel.id}/pins`,
      `/channels/${channel.id}/threads`,
      at(channel, '/search?query=zanzibar'),
    ]),
    at(forum, '?top_level=true&sort=latest_activity'),
    at(general, `?thread_id=${kept.id}`),
    at(general, `/${kept.id}`),
    at(general, `/${kept.id}/threads`),
    at(general, `/${kept.id}/reactions/x`),
    ...[space, left].flatMap(({ id }) => [
      `/spaces/${id}`,
      `/spaces/${id}/channels`,
      `/spaces/${id}/members?limit=1000`,
      `/spaces/${id}/members/search?query=zanz`,
      `/spaces/${id}/members/${bob.id}`,
      `/spaces/${id}/messages/search?query=zanzibar`,
      `/spaces/${id}/messages/search?author_id=${bob.id}`,
      `/spaces/${id}/bans`,
      `/spaces/${id}/invites`,
      `/spaces/${id}/emojis`,
      `/spaces/${id}/presences`,
      `/spaces/${id}/audit-log?limit=100`,
    ]),
    `/invites/${invite.code}`,
    '/users/@me/channels',
    '/users/@me/relationships',
    '/users/@me/read-states',
    '/users/@me/unread',
    `/users/${bob.id}`,
    `/users/${bob.id}/mutual-friends`,
    '/users/search?query=zanz',
    `/users/search?query=${name}`,
    '/users/search?query=Deleted',
  ];
  const seen: Record<string, string> = {};
  for (const path of paths) {
    const { status, body } = await person.call('GET', path);
    seen[path] = `${status} ${JSON.stringify(body)}`;
  }
  const ears = await person.listens();
  ears.send(10, { space_id: space.id, query: 'zanz', limit: 100 });
  ears.send(10, { space_id: space.id, user_ids: [bob.id] });
  await ears.hears('member.chunk');
  await ears.settled();
  seen['READY'] = JSON.stringify([ears.ready, ears.frames]);
  ears.close();
  return seen;
}

/** Where the name still stands, and where a message of the account does. */
function tracesIn(seen: Record<string, string>, ids: readonly string[]): string[] {
  return Object.entries(seen).flatMap(([path, text]) => [
    ...(text.replaceAll(/query=\w+/g, '').includes(name) ? [`${path}: the name`] : []),
    ...ids.filter((id) => text.includes(`"${id}"`)).map((id) => `${path}: message ${id}`),
  ]);
}

test('no list shows the name or a message of a deleted account, while its rows are there and when they are gone', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const here = await lively(server);
  const { owner, cleo, bob, own, first, kept, answer, general } = here;
  // Of the one that is answered its place stays.
  const ids = own.map(({ id }) => id).filter((id) => id !== first.id);
  const before = tracesIn(await everything(cleo, here), ids);
  expect(before.length).toBeGreaterThan(20);
  await deletes(bob);
  expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBeGreaterThan(200);
  const look = async () => {
    for (const one of [cleo, owner, server.admin]) {
      expect(tracesIn(await everything(one, here), ids)).toEqual([]);
    }
    const tombstone = await owner.does('GET', at(general, `/${first.id}`));
    expect(tombstone).toMatchObject({
      content: '',
      attachments: [],
      pinned: false,
      reply_count: 1,
    });
    expect(JSON.stringify(tombstone)).not.toContain(bob.id);
    expect(idsOf(await owner.does('GET', at(general, `?thread_id=${first.id}`)))).toEqual([
      answer.id,
    ]);
    const stays = await owner.does('GET', at(general, `/${kept.id}`));
    expect(stays).toMatchObject({ reply_count: 0 });
    expect(stays.reactions).toEqual([{ emoji: { id: null, name: 'x' }, count: 1, me: false }]);
    expect((await fetch(first.attachments[0].url)).status).toBe(404);
    expect((await owner.does('GET', `/channels/${general.id}`)).last_message_id).toBe(first.id);
  };
  await look();
  await server.turn(clearSlice);
  await look();
  await clearAll(server);
  await look();
  expect(countRows(server, 'messages', `author_id = '${bob.id}'`)).toBe(0);
  expect(countRows(server, 'reactions', `user_id = '${bob.id}'`)).toBe(0);
});

test('what is unread and mentions somebody is counted without a deleted account', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  await withPassword(server, bob);
  const mention = `hello <@${cleo.id}>`;
  await owner.says(general, mention);
  for (let count = 0; count < 3; count += 1) await bob.says(general, mention);
  const dm = await opens(bob, cleo);
  await bob.says(dm, 'psst');
  const unread = async () => {
    const ears = await cleo.listens();
    const found = ears.ready['unread'] ?? ears.ready['read_states'];
    ears.close();
    return found.map((one: any) => [one.channel_id, one.mention_count]);
  };
  expect(new Map(await unread())).toEqual(
    new Map([
      [general.id, 4],
      [dm.id, 1],
    ]),
  );
  await deletes(bob);
  expect(await unread()).toEqual([[general.id, 1]]);
  await clearAll(server);
  expect(await unread()).toEqual([[general.id, 1]]);
});

test('who was away hears nothing of what a deleted account wrote, and its name nowhere', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, general, cleo } = await world(server, 'olga', 'cleo');
  const { id } = await owner.says(general, 'to react to');
  const stands = [];
  for (const one of [owner, cleo]) stands.push({ one, stand: await dropped(await one.listens()) });
  const bob = await server.person(name);
  await withPassword(server, bob);
  await bob.joins(space);
  await bob.does('PATCH', `/spaces/${space.id}/members/@me`, { nick: `${name} nick` });
  await bob.does('PATCH', '/users/@me', { bio: name });
  await owner.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { nick: `${name} then` });
  await bob.says(general, name);
  for (const one of [bob, cleo]) await one.does('PUT', at(general, `/${id}/reactions/x/@me`));
  const dm = await opens(bob, cleo);
  await bob.says(dm, name);
  await gathers(bob, cleo, owner);
  await befriend(bob, cleo);
  await owner.does('PUT', `/spaces/${space.id}/bans/${bob.id}`, {});
  await deletes(bob);
  let ofCleo: Frame[] = [];
  for (const { one, stand } of stands) {
    const { missed, ears } = await one.resumes(stand.session_id, stand.seq);
    const heard = missed.map(({ type }) => type);
    expect(heard).toContain('member.leave');
    expect(JSON.stringify(missed)).not.toContain(name);
    const reacted = missed.filter(({ type }) => type === 'reaction.add');
    expect(reacted.map(({ data }) => data['user_id'])).toEqual([cleo.id]);
    ears.close();
    if (one === cleo) ofCleo = missed;
  }
  const removed = ofCleo.filter(({ type }) => type === 'relationship.remove');
  expect(removed.map(({ data }) => data)).toEqual([{ user_id: bob.id }]);
  expect(ofCleo.some(({ type, data }) => type === 'user.update' && data['id'] === bob.id)).toBe(
    true,
  );
});

test('a session that was away sees offline who was online and is deleted', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { bob, cleo } = await world(server, 'olga', 'bob', 'cleo');
  await withPassword(server, bob);
  await opens(bob, cleo);
  await bob.listens();
  const ears = await cleo.listens();
  const stand = await dropped(ears);
  await deletes(bob);
  const back = await cleo.resumes(stand.session_id, stand.seq);
  const { data } = await back.ears.hears('presence.update', ({ user_id }) => user_id === bob.id);
  expect(data['status']).toBe('offline');
});

test('memberships beyond a slice have no name from the first moment on', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, space, ...home } = await world(server, 'olga', name);
  const bob = home[name];
  await withPassword(server, bob);
  const spaces = [space];
  for (let count = 0; count < 25; count += 1) {
    const made = await owner.founds(`Space ${count}`);
    spaces.push(made.space);
    await bob.joins(made.space);
    await bob.does('PATCH', `/spaces/${made.space.id}/members/@me`, { nick: `${name} ${count}` });
  }
  await deletes(bob);
  expect(countRows(server, 'members', `user_id = '${bob.id}'`)).toBeGreaterThan(0);
  const look = async () => {
    for (const { id } of spaces) {
      const members = await owner.does('GET', `/spaces/${id}/members`);
      expect(JSON.stringify(members)).not.toContain(name);
      expect(await owner.does('GET', `/spaces/${id}/members/search?query=${name}`)).toEqual([]);
    }
  };
  await look();
  await clearAll(server);
  await look();
  expect(countRows(server, 'members', `user_id = '${bob.id}'`)).toBe(0);
});

test('replies of a deleted account are counted nowhere, in however many spaces and conversations', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  const channels = [general, await opens(owner, bob)];
  for (let count = 0; count < 5; count += 1) {
    const made = await owner.founds(`Space ${count}`);
    await bob.joins(made.space);
    channels.push(made.general);
  }
  const threads: { channel: { id: string }; id: string }[] = [];
  for (const channel of channels) {
    const { id } = await owner.says(channel, 'parent');
    await bob.says(channel, 'reply', { thread_id: id });
    threads.push({ channel, id });
  }
  const counts = async () => {
    const found: number[] = [];
    for (const { channel, id } of threads) {
      found.push((await owner.does('GET', at(channel, `/${id}`))).reply_count);
    }
    return new Set(found);
  };
  expect(await counts()).toEqual(new Set([1]));
  await deletes(bob);
  expect(await counts()).toEqual(new Set([0]));
  await clearAll(server);
  expect(await counts()).toEqual(new Set([0]));
});

/** Everything of the account that the database holds, by table. */
const rowsOf = (server: TestServer, id: string) => ({
  messages: countRows(server, 'messages', `author_id = '${id}'`),
  reactions: countRows(server, 'reactions', `user_id = '${id}'`),
  members: countRows(server, 'members', `user_id = '${id}'`),
  hidden: countRows(server, 'hidden_accounts'),
});

test('after a restart the clearing goes on where it was, and everything stays hidden meanwhile', async () => {
  using folder = new Folder();
  const { settings } = folder;
  const clock = new FakeClock();
  let [bob_id, general_id, kept_id] = ['', '', ''];
  let token = '';
  {
    await using server = await startTest({ settings, clock });
    const { owner, bob, general } = await world(server, 'olga', 'bob');
    await withPassword(server, bob);
    const { general: other } = await owner.founds('Other');
    await bob.joins({ id: other.space_id });
    await fill(server, general, bob, 250);
    await fill(server, other, bob, 250);
    const dm = await opens(bob, owner);
    for (let count = 0; count < 5; count += 1) await bob.says(dm, 'x');
    const kept = await owner.says(general, 'kept');
    for (let count = 0; count < 15; count += 1) {
      const { id } = await owner.says(general, `number ${count}`);
      await bob.does('PUT', at(general, `/${id}/reactions/x/@me`));
    }
    await deletes(bob);
    for (let slices = 0; slices < 4; slices += 1) await server.turn(clearSlice);
    expect(rowsOf(server, bob.id).messages).toBeGreaterThan(200);
    [bob_id, general_id, kept_id, token] = [bob.id, general.id, kept.id, owner.token];
  }
  const server = await startAgain(settings, clock);
  try {
    const owner = new Person(server, { id: '', name: 'olga', token });
    const general = { id: general_id };
    const look = async () => {
      const shown = await owner.does('GET', at(general, '?limit=100'));
      expect(shown).toHaveLength(16);
      expect(JSON.stringify(shown)).not.toContain(bob_id);
      expect(idsOf(shown)).toContain(kept_id);
      for (const { reactions } of shown) expect(reactions).toBeNull();
    };
    await look();
    await clearAll(server);
    await look();
    expect(rowsOf(server, bob_id)).toEqual({ messages: 0, reactions: 0, members: 0, hidden: 0 });
  } finally {
    await server.stop();
  }
});

test('two accounts that are deleted at the same time are cleared both', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, cleo, general } = await world(server, 'olga', 'bob', 'cleo');
  await withPassword(server, bob, cleo);
  const parent = await bob.says(general, 'parent');
  await cleo.says(general, 'reply', { thread_id: parent.id });
  for (const one of [bob, cleo]) await fill(server, general, one, 150);
  await deletes(bob);
  await deletes(cleo);
  expect(await owner.does('GET', at(general))).toEqual([]);
  await clearAll(server);
  expect(await owner.does('GET', at(general))).toEqual([]);
  expect(countRows(server, 'messages')).toBe(0);
  for (const { id } of [bob, cleo]) {
    expect(rowsOf(server, id)).toEqual({ messages: 0, reactions: 0, members: 0, hidden: 0 });
  }
});

test('a clearing that fails is tried again, and nothing comes back into sight meanwhile', async () => {
  const clock = new FakeClock();
  await using server = await startTest({ clock });
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  await withPassword(server, bob);
  await fill(server, general, bob, 150);
  await deletes(bob);
  await server.turn(({ tx }) => {
    tx.sqlite.run(
      "CREATE TEMP TRIGGER stuck BEFORE DELETE ON main.messages BEGIN SELECT raise(ABORT, 'stuck'); END",
    );
  });
  await clock.pass(1_000);
  for (let look = 0; look < 500 && server.logged.length === 0; look += 1) await Bun.sleep(1);
  expect(server.logged.map(({ message }) => message)).toContain(
    'clearing what was deleted failed; it is tried again',
  );
  expect(await owner.does('GET', at(general))).toEqual([]);
  await server.turn(({ tx }) => {
    tx.sqlite.run('DROP TRIGGER temp.stuck');
  });
  for (let look = 0; look < 500 && countRows(server, 'hidden_accounts') > 0; look += 1) {
    await clock.pass(1_000);
    await Bun.sleep(1);
  }
  expect(rowsOf(server, bob.id)).toEqual({ messages: 0, reactions: 0, members: 0, hidden: 0 });
});
