// Whom a message may mention of those that its text names, as its author says: never more.
import { expect, test } from 'bun:test';
import { uploads } from '../support/forms.ts';
import { dropped } from '../support/resuming.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { empower, hiddenChannel, listening, world } from '../support/world.ts';

type Lists = Record<string, unknown>;

const lists = ({ mentions, mention_roles, mention_everyone }: Lists) => ({
  mentions,
  mention_roles,
  mention_everyone,
});
const nobody = { mentions: [], mention_roles: [], mention_everyone: false };

/** Bob may mention everyone; his text names anna, himself, two roles and @everyone. */
async function scene(server: TestServer) {
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  await empower(home, bob, 'mention_everyone');
  const role = (name: string) =>
    anna.does('POST', `/spaces/${space.id}/roles`, { name, mentionable: true });
  const [cooks, bakers] = [await role('cooks'), await role('bakers')];
  const text = `@anna <@${bob.id}> <@&${cooks.id}> <@&${bakers.id}> @everyone`;
  const all = {
    mentions: [anna.id, bob.id],
    mention_roles: [cooks.id, bakers.id],
    mention_everyone: true,
  };
  const path = `/channels/${general.id}/messages`;
  return { ...home, cooks, bakers, text, all, path };
}

test('without a word everyone is mentioned whom the text names; an empty one mentions nobody', async () => {
  await using server = await startTest();
  const { anna, bob, general, text, all } = await scene(server);
  const [annas] = await listening([anna]);
  const said = async (more: object) => {
    const sent = await bob.says(general, text, more);
    expect((await annas.hears('message.create')).data).toEqual(sent);
    expect(await anna.does('GET', `/channels/${general.id}/messages/${sent.id}`)).toEqual(sent);
    expect(sent.content).toBe(text);
    return lists(sent);
  };
  expect(await said({})).toEqual(all);
  expect(await said({ allowed_mentions: null })).toEqual(all);
  for (const none of [{}, { parse: [] }, { parse: null, users: null }, { users: [], roles: [] }]) {
    expect(await said({ allowed_mentions: none })).toEqual(nobody);
  }
  expect(await said({ allowed_mentions: { replied_user: true } })).toEqual(nobody);
});

test('kinds let all of that kind be mentioned, lists those in them and nobody beside', async () => {
  await using server = await startTest();
  const { anna, bob, general, cooks, bakers, text, all } = await scene(server);
  const cleo = await server.person('cleo');
  const said = async (allowed_mentions: object) =>
    lists(await bob.says(general, text, { allowed_mentions }));
  const { mentions, mention_roles } = all;
  expect(await said({ parse: ['users'] })).toEqual({ ...nobody, mentions });
  expect(await said({ parse: ['roles'] })).toEqual({ ...nobody, mention_roles });
  expect(await said({ parse: ['everyone'] })).toEqual({ ...nobody, mention_everyone: true });
  expect(await said({ parse: ['everyone', 'roles', 'users'] })).toEqual(all);
  expect(await said({ users: [bob.id, cleo.id, cooks.id] })).toEqual({
    ...nobody,
    mentions: [bob.id],
  });
  expect(await said({ roles: [bakers.id, anna.id] })).toEqual({
    ...nobody,
    mention_roles: [bakers.id],
  });
  expect(await said({ parse: ['users', 'everyone'], users: [], roles: [cooks.id] })).toEqual({
    mentions,
    mention_roles: [cooks.id],
    mention_everyone: true,
  });
});

test('nobody is mentioned whom the text does not name, or whom the author may not mention', async () => {
  await using server = await startTest();
  const home = await scene(server);
  const { anna, bob, space, general, cooks } = home;
  const cleo = await server.person('cleo');
  await cleo.joins(space);
  const shut = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'shut' });
  const wide = { parse: ['everyone'], users: [anna.id, bob.id], roles: [shut.id, cooks.id] };
  const by = async (content: string) =>
    lists(await cleo.says(general, content, { allowed_mentions: wide }));
  expect(await by('hello')).toEqual(nobody);
  expect(await by(`@everyone <@&${shut.id}> \`@anna\``)).toEqual(nobody);
  const reply = { reply_to: (await bob.says(general, 'hi')).id };
  for (const replied_user of [true, false]) {
    const more = { ...reply, allowed_mentions: { replied_user, parse: ['users'] } };
    expect(lists(await cleo.says(general, 'yes', more))).toEqual(nobody);
  }
});

test('what contradicts itself or is too long is refused by its name', async () => {
  await using server = await startTest();
  const { bob, general, path } = await scene(server);
  const [bobs] = await listening([bob]);
  const sent = await bob.says(general, 'first');
  await bobs.hearsExactly('message.create');
  const ids = (count: number) => Array.from({ length: count }, (_, n) => String(n + 1));
  const refused: [object, number, string][] = [
    [{ parse: ['users'], users: ['1'] }, 400, 'users'],
    [{ parse: ['roles', 'users'], roles: ['1'] }, 400, 'roles'],
    [{ users: ids(101) }, 400, 'users'],
    [{ roles: ids(101) }, 400, 'roles'],
    [{ parse: ['here'] }, 400, 'parse.0'],
    [{ users: ['anna'] }, 400, 'users.0'],
    [{ parse: 'users' }, 422, 'parse'],
    [{ replied_user: 1 }, 422, 'replied_user'],
  ];
  for (const [allowed_mentions, status, field] of refused) {
    for (const [method, to] of [
      ['POST', path],
      ['PATCH', `${path}/${sent.id}`],
    ] as const) {
      const { body } = await bob.isRefused(status, method, to, {
        content: 'second',
        allowed_mentions,
      });
      expect(Object.keys(body.error.details)).toEqual([`allowed_mentions.${field}`]);
    }
  }
  await bobs.hearsNothing();
  await bob.says(general, 'third', { allowed_mentions: { users: ids(100), roles: ids(100) } });
});

test('an edit mentions as its own request says, whatever was said when the message was sent', async () => {
  await using server = await startTest();
  const { anna, bob, general, text, all, path } = await scene(server);
  const sent = await bob.says(general, text, { allowed_mentions: { parse: [] } });
  const [annas] = await listening([anna]);
  const edit = async (patch: object) => {
    const edited = await bob.does('PATCH', `${path}/${sent.id}`, patch);
    expect((await annas.hears('message.update')).data).toEqual(edited);
    return edited;
  };
  expect(lists(await edit({ content: `${text}!` }))).toEqual(all);
  const few = { ...nobody, mentions: all.mentions };
  const some = { content: text, allowed_mentions: { parse: ['users'] } };
  expect(lists(await edit(some))).toEqual(few);
  expect(lists(await edit({ title: 'a title' }))).toEqual(few);
  // The lists alone are no edit that readers see.
  const { edited_at } = await edit({ title: null });
  const alone = await edit({ allowed_mentions: {} });
  expect([lists(alone), alone.content, alone.edited_at]).toEqual([nobody, text, edited_at]);
  await annas.hearsNothing();
  expect(lists(await anna.does('GET', `${path}/${sent.id}`))).toEqual(nobody);
  expect(
    (await anna.isRefused(403, 'PATCH', `${path}/${sent.id}`, { allowed_mentions: {} })).code,
  ).toBe('forbidden');
});

test('whoever missed the message does not find themselves mentioned by it after an edit took that away', async () => {
  await using server = await startTest();
  const { anna, bob, general, text, path } = await scene(server);
  const { session_id, seq } = await dropped(await anna.listens());
  const sent = await bob.says(general, text);
  await bob.does('PATCH', `${path}/${sent.id}`, { allowed_mentions: { parse: ['roles'] } });
  const { missed } = await anna.resumes(session_id, seq);
  const told = missed.filter(({ type }) => type?.startsWith('message.'));
  expect(told.map(({ type }) => type)).toEqual(['message.create', 'message.update']);
  for (const { data } of told)
    expect([data['mentions'], data['mention_everyone']]).toEqual([[], false]);
});

test('files come with it, too; in a channel that somebody may not view they hear nothing of it', async () => {
  await using server = await startTest();
  const home = await scene(server);
  const { anna, bob, general, text, all } = home;
  const hidden = await hiddenChannel(home);
  const [bobs] = await listening([bob]);
  const send = async (channel: { id: string }, who: typeof bob, allowed_mentions?: object) => {
    const reply = await uploads(who, channel, { content: text, allowed_mentions }, [
      { filename: 'a.txt', bytes: 'peas' },
    ]);
    return lists(reply.data);
  };
  expect(await send(general, bob)).toEqual(all);
  expect(await send(general, bob, { parse: ['users'] })).toEqual({
    ...nobody,
    mentions: all.mentions,
  });
  await bobs.hearsExactly('message.create', 'message.create');
  expect(await send(hidden, anna, { users: [bob.id] })).toEqual({ ...nobody, mentions: [bob.id] });
  await bobs.hearsNothing();
});
