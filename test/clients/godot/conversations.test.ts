// The Godot client's home view: its own suite of direct messages, and two people who use it at once.
import { expect, test } from 'bun:test';
import { Godot, type Answer } from '../../support/clients/godot.ts';
import { GodotHome } from '../../support/clients/godot-home.ts';
import * as read from '../../support/clients/godot-models.ts';
import { startTest, type TestServer } from '../../support/server.ts';

const settings = { ACCORD_TEST_MODE: 'true' };
const conversations = '/users/@me/channels';

/** What the client's suite starts with: its user, its bot and a third one, who administers the server. */
async function seeded(server: TestServer) {
  const { data } = await server.call('POST', '//test/seed', {});
  const user = new Godot(server, data.user.token);
  const bot = new Godot(server, data.bot.token, 'Bot');
  const third = new Godot(server);
  const account = { username: 'dm_test_user', password: 'testpass123' };
  expect((await third.call('POST', '/auth/login', account)).ok).toBe(false);
  const registered = await third.does('POST', '/auth/register', account);
  third.token = registered.token;
  // As it is on a new database, where the first account does.
  const admits = 'UPDATE users SET is_admin = 1 WHERE id = ?';
  await server.turn(({ tx }) => tx.sqlite.query(admits).run(registered.user.id));
  const again = await new Godot(server).does('POST', '/auth/login', account);
  expect(again.user.id).toBe(registered.user.id);
  const ids = { user: data.user.id, bot: data.bot.id, third: registered.user.id };
  return { user, bot, third, ids };
}

test('its own suite of direct messages passes: all fifteen', async () => {
  await using server = await startTest({ settings });
  const { user, bot, third, ids } = await seeded(server);
  const channel = (answer: Answer) => {
    expect(answer).toMatchObject({ ok: true });
    return read.channel(answer.data);
  };
  const list = async (client: Godot) => {
    const listed = await client.call('GET', conversations);
    expect(listed).toMatchObject({ ok: true });
    return read
      .listOf(read.channel)(listed.data)
      .map(({ id }: any) => id);
  };
  const group = async () =>
    channel(await user.call('POST', conversations, { recipients: [ids.bot, ids.third] }));
  const dm = channel(await user.call('POST', conversations, { recipient_id: ids.bot }));
  const path = `/channels/${dm.id}`;
  const messages = `${path}/messages`;

  const suite: Record<string, () => Promise<void>> = {
    async create_dm() {
      const found = channel(await user.call('GET', path));
      expect(found).toMatchObject({ type: 'dm' });
      expect(found.recipients.length).toBeGreaterThanOrEqual(1);
    },
    async create_dm_is_idempotent() {
      const again = channel(await user.call('POST', conversations, { recipient_id: ids.bot }));
      expect(again.id).toBe(dm.id);
      channel(await user.call('GET', path));
    },
    async list_dm_channels() {
      expect(await list(user)).toContain(dm.id);
    },
    async fetch_dm_channel() {
      expect(channel(await user.call('GET', path))).toMatchObject({ id: dm.id, type: 'dm' });
    },
    async both_participants_see_dm() {
      expect(await list(bot)).toContain(dm.id);
    },
    async send_message_in_dm() {
      const sent = read.message(await user.does('POST', messages, { content: 'Hello DM' }));
      expect(sent).toMatchObject({ content: 'Hello DM', channel_id: dm.id });
    },
    async list_messages_in_dm() {
      await user.does('POST', messages, { content: 'DM list test' });
      const page = await user.does('GET', messages, undefined, { limit: 10 });
      expect(read.listOf(read.message)(page).length).toBeGreaterThanOrEqual(1);
    },
    async close_dm() {
      const other = channel(await user.call('POST', conversations, { recipient_id: ids.third }));
      expect(await user.call('DELETE', `/channels/${other.id}`)).toMatchObject({ ok: true });
      expect(await list(user)).not.toContain(other.id);
    },
    async create_dm_nonexistent_user() {
      const nobody = { recipient_id: '99999999999999' };
      expect(await user.call('POST', conversations, nobody)).toMatchObject({ ok: false });
    },
    async create_group_dm() {
      const made = await group();
      expect(made).toMatchObject({ type: 'group_dm', owner_id: ids.user });
      expect(made.recipients.length).toBeGreaterThanOrEqual(2);
    },
    async rename_group_dm() {
      const { id } = await group();
      const renamed = await user.call('PATCH', `/channels/${id}`, { name: 'Renamed Group' });
      expect(channel(renamed).name).toBe('Renamed Group');
      expect(channel(await user.call('GET', `/channels/${id}`)).name).toBe('Renamed Group');
    },
    async non_owner_cannot_rename_group_dm() {
      const { id } = await group();
      // The third one administers the server, which does not help.
      expect(await third.does('GET', '/users/@me')).toMatchObject({ is_admin: true });
      const renamed = await third.call('PATCH', `/channels/${id}`, { name: 'Hijacked' });
      expect(renamed).toMatchObject({ ok: false, status: 403 });
    },
    async add_recipient_to_group_dm() {
      const { id } = await group();
      const recipient = `/channels/${id}/recipients/${ids.third}`;
      // One person and a bot are left.
      channel(await user.call('DELETE', recipient));
      channel(await user.call('PUT', recipient));
      expect(await list(third)).toContain(id);
    },
    async remove_recipient_from_group_dm() {
      const { id } = await group();
      channel(await user.call('DELETE', `/channels/${id}/recipients/${ids.third}`));
      expect(await list(third)).not.toContain(id);
    },
    async leave_group_dm() {
      const { id } = await group();
      const left = await third.call('DELETE', `/channels/${id}/recipients/${ids.third}`);
      expect(left).toMatchObject({ ok: true });
      expect(await list(third)).not.toContain(id);
    },
  };
  expect(Object.keys(suite)).toHaveLength(15);
  for (const run of Object.values(suite)) await run();
});

/** Three people with the client, who have it open; the first one administers the server. */
async function open(server: TestServer) {
  await server.person('operator');
  const [anna, bob, cleo] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
  ];
  const client = (person: { token: string }) => new Godot(server, person.token);
  const [annas, bobs, cleos] = [client(anna), client(bob), client(cleo)];
  const homes = [
    await GodotHome.of(annas),
    await GodotHome.of(bobs),
    await GodotHome.of(cleos),
  ] as const;
  for (const home of homes) await home.heard();
  /** What each shows is what the server would answer. */
  const agree = async () => {
    for (const home of homes) {
      await home.heard();
      expect(home.rows).toEqual(await home.rowsNow());
    }
  };
  return { anna, bob, cleo, annas, bobs, cleos, homes, agree };
}

test('a conversation of two appears in both windows as one of two, and everything in it is heard', async () => {
  await using server = await startTest();
  const { anna, bob, annas, bobs, homes, agree } = await open(server);
  const [annasHome, bobsHome, cleosHome] = homes;
  const dm = read.channel(await annas.does('POST', conversations, { recipient_id: bob.id }));
  expect(await annasHome.heard()).toEqual(['channel.create']);
  expect(await bobsHome.heard()).toEqual(['channel.create']);
  // More than one recipient would make it a group.
  expect(bobsHome.rows).toEqual([{ id: dm.id, isGroup: false, title: 'anna', last: null }]);
  expect(annasHome.rows).toEqual([{ id: dm.id, isGroup: false, title: 'bob', last: null }]);
  const path = `/channels/${dm.id}/messages`;
  await bobs.does('POST', `/channels/${dm.id}/typing`, {});
  const typing = await annasHome.ears.hears('typing.start');
  expect(typing.data).toMatchObject({ channel_id: dm.id, user_id: bob.id });
  expect(typing.data).not.toHaveProperty('thread_id');
  const sent = read.message(await annas.does('POST', path, { content: 'hello' }));
  const reply = { content: 'hi', reply_to: sent.id };
  const answer = read.message(await bobs.does('POST', path, reply));
  expect(answer).toMatchObject({ reply_to: sent.id, space_id: null });
  await annas.does('PUT', `${path}/${answer.id}/reactions/thumbs_up/@me`);
  const reacted = await bobsHome.ears.hears('reaction.add');
  expect(reacted.data).toMatchObject({
    message_id: answer.id,
    emoji: 'thumbs_up',
    user_id: anna.id,
  });
  await annas.does('DELETE', `${path}/${answer.id}/reactions/thumbs_up/@me`);
  await bobsHome.ears.hears('reaction.remove');
  await annas.does('PATCH', `${path}/${sent.id}`, { content: 'hello there' });
  const edited = await bobsHome.ears.hears('message.update', ({ id }) => id === sent.id);
  expect(read.message(edited.data).content).toBe('hello there');
  await bobs.does('POST', path, { content: 'aside', thread_id: sent.id });
  const thread = await annas.does('GET', path, undefined, { thread_id: sent.id });
  expect(read.listOf(read.message)(thread)).toMatchObject([{ content: 'aside' }]);
  const file = { filename: 'Grüße.txt', content_type: 'text/plain', bytes: 'hello' };
  const uploaded = await bobs.upload(`${path}/upload`, { content: '' }, [file]);
  expect(uploaded.ok).toBe(true);
  const last = read.message(uploaded.data);
  const { pathname } = new URL(last.attachments[0].url);
  expect(await (await fetch(`${server.origin}${pathname}`)).text()).toBe('hello');
  // The preview below the name: the newest message.
  const { last_message_id } = read.channel(await annas.does('GET', `/channels/${dm.id}`));
  const preview = read.message(await annas.does('GET', `${path}/${last_message_id}`));
  expect(preview.id).toBe(last.id);
  await annas.does('POST', `/channels/${dm.id}/ack`, { message_id: last.id });
  await annas.does('PUT', `/channels/${dm.id}/pins/${last.id}`);
  await bobs.does('DELETE', `/channels/${dm.id}/pins/${last.id}`);
  await bobs.does('DELETE', `${path}/${last.id}`);
  await annasHome.ears.hears('message.delete', ({ id }) => id === last.id);
  expect(await cleosHome.heard()).toEqual([]);
  await annasHome.heard();
  await bobsHome.heard();
  expect(annasHome.rows.map(({ id }) => id)).toEqual([dm.id]);
  // Found again as what it is, from the other side as well.
  expect((await bobs.does('POST', conversations, { recipient_id: anna.id })).id).toBe(dm.id);
  await annas.does('POST', path, { content: 'the newest' });
  await agree();
});

test('a window that is closed comes back before the message that opens it', async () => {
  await using server = await startTest();
  const { bob, annas, bobs, homes, agree } = await open(server);
  const [annasHome, bobsHome] = homes;
  const dm = await annas.does('POST', conversations, { recipient_id: bob.id });
  await agree();
  await annas.does('DELETE', `/channels/${dm.id}`);
  expect(await annasHome.heard()).toEqual(['channel.delete']);
  expect(annasHome.rows).toEqual([]);
  expect(await bobsHome.heard()).toEqual([]);
  await bobs.does('POST', `/channels/${dm.id}/messages`, { content: 'still there?' });
  expect(await annasHome.heard()).toEqual([
    'channel.create',
    'message.create',
    'read_state.update',
  ]);
  await agree();
});

test('a group shows everybody the same people without oneself, through all that happens to it', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, annas, bobs, cleos, homes, agree } = await open(server);
  const [annasHome, bobsHome, cleosHome] = homes;
  const wish = { recipients: [bob.id, cleo.id] };
  const group = read.channel(await annas.does('POST', conversations, wish));
  expect((await annas.does('POST', conversations, wish)).id).not.toBe(group.id);
  await agree();
  const titles = homes.map(({ rows }) => rows.find(({ id }) => id === group.id)?.title);
  expect(titles).toEqual(['bob, cleo', 'anna, cleo', 'anna, bob']);
  const path = `/channels/${group.id}`;
  await annas.does('PATCH', path, { name: 'Ours' });
  await agree();
  expect(cleosHome.rows.find(({ id }) => id === group.id)?.title).toBe('Ours');
  await bobs.does('POST', `${path}/messages`, { content: 'hello all' });
  await agree();
  // Taken out by its owner, added again: neither request has a body.
  const recipient = `${path}/recipients/${cleo.id}`;
  await annas.does('DELETE', recipient);
  expect(await cleosHome.heard()).toContain('channel.delete');
  expect(cleosHome.rows.map(({ id }) => id)).not.toContain(group.id);
  expect(await cleos.call('GET', `${path}/messages`)).toMatchObject({ ok: false, status: 403 });
  await agree();
  await annas.does('PUT', recipient);
  expect(await cleosHome.heard()).toEqual(['channel.create']);
  await agree();
  await annas.does('DELETE', path);
  expect(await annasHome.heard()).toEqual(expect.arrayContaining(['channel.delete']));
  await agree();
  const { owner_id } = read.channel(await bobs.does('GET', path));
  expect([bob.id, cleo.id]).toContain(owner_id);
  // The last but one leaves through the list of people.
  await bobs.does('DELETE', `${path}/recipients/${bob.id}`);
  await agree();
  expect(bobsHome.rows.map(({ id }) => id)).not.toContain(group.id);
  expect(anna.id).not.toBe(owner_id);
});

test('after a lost line the home view is what it would be without', async () => {
  await using server = await startTest();
  const { anna, bob, cleo, annas, bobs, cleos, homes, agree } = await open(server);
  const [annasHome] = homes;
  const dm = await annas.does('POST', conversations, { recipient_id: bob.id });
  const kept = await bobs.does('POST', conversations, { recipients: [anna.id, cleo.id] });
  const left = await bobs.does('POST', conversations, { recipients: [anna.id, cleo.id] });
  await agree();
  await annasHome.resumes(async () => {
    await bobs.does('POST', `/channels/${dm.id}/messages`, { content: 'missed' });
    await bobs.does('PATCH', `/channels/${kept.id}`, { name: 'Kept' });
    await bobs.does('DELETE', `/channels/${left.id}/recipients/${anna.id}`);
    await bobs.does('POST', `/channels/${left.id}/messages`, { content: 'without anna' });
    await cleos.does('POST', conversations, { recipient_id: anna.id });
  });
  expect(annasHome.rows.map(({ title }) => title).toSorted()).toEqual(['Kept', 'bob', 'cleo']);
  // What it asks for beside the list.
  for (const list of ['relationships', 'mutes', 'read-states']) {
    expect(await annas.does('GET', `/users/@me/${list}`)).toBeArray();
  }
  read.user(await annas.does('GET', '/users/@me'));
  await agree();
  // A new READY shows the same.
  const fresh = await GodotHome.of(annas);
  expect(fresh.rows).toEqual(annasHome.rows);
});
