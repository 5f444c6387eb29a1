// Who a text mentions, and who not.
import { expect, test } from 'bun:test';
import { findMentions } from '../../src/features/talk/messages/mentions.ts';
import { megabyteOf } from '../support/megabyte.ts';
import { startTest } from '../support/server.ts';
import { empower, world } from '../support/world.ts';

const known = new Map([
  ['anna', '1'],
  ['anna.b', '2'],
]);
const among = (ids: readonly string[], here: readonly string[]) =>
  new Set(ids.filter((id) => here.includes(id)));
const found = (text: string) =>
  findMentions(text, {
    named: () => known,
    people: (ids) => among(ids, ['1', '2']),
    roles: (ids) => among(ids, ['7']),
  });
const mentioned = (text: string) => found(text).user_ids;

test('dots at the end of a name are the end of a sentence', () => {
  expect(mentioned('@anna.')).toEqual(['1']);
  expect(mentioned('@anna... and @Anna.b..')).toEqual(['1', '2']);
  expect(mentioned('@....')).toEqual([]);
});

test('underlines that end a name may be those of italics', () => {
  expect(mentioned('_@anna_ __@Anna.b__ _hello @anna_')).toEqual(['1', '2']);
  expect(mentioned('_@anna.b._ @anna_b @_')).toEqual(['2']);
  expect(found('_@everyone_').everyone).toBe(true);
  expect(found('@everyone_').everyone).toBe(false);
  const both = {
    named: () =>
      new Map([
        ['anna', '1'],
        ['anna_', '2'],
      ]),
  };
  const among = () => new Set<string>();
  expect(findMentions('@anna_', { ...both, people: among, roles: among }).user_ids).toEqual(['2']);
});

test('who has a name that begins with everyone or here is the one who is mentioned by it', () => {
  const named = new Map([
    ['here.bob', '1'],
    ['everyone', '2'],
  ]);
  const among = () => new Set<string>();
  const found = (text: string) =>
    findMentions(text, { named: () => named, people: among, roles: among });
  expect(found('@here.bob, _@Here.Bob_')).toMatchObject({ everyone: false, user_ids: ['1'] });
  expect(found('@here.bobby')).toMatchObject({ everyone: true, user_ids: [] });
  expect(found('@here.')).toMatchObject({ everyone: true, user_ids: [] });
  expect(found('@everyone @everyone.')).toMatchObject({ everyone: true, user_ids: [] });
  expect(found('@everyone.come')).toMatchObject({ everyone: true, user_ids: [] });
});

test.each([
  '`@anna`',
  '``a ` @anna @everyone``',
  '```js\n@anna\n@everyone\n```',
  '````\n```\n@anna\n```\n````',
  '\\\\`@anna`',
  '~~~\n@anna\n@everyone\n~~~',
  'so:\n  ~~~~ js\n~~~\n@anna\n~~~~  \n',
  '~~~\n```\n@anna\n~~~',
  'https://blog.example/@anna/post',
  'https://blog.example/a(@anna)',
  'see (https://blog.example/@anna).',
  '[a link](https://blog.example/@everyone)',
  '<https://blog.example/@everyone>',
  'ftp://host.example/@anna ssh://@everyone',
  'social.example/@anna',
  'www.social.example:8080/@everyone',
  'anna@anna.b j\u00f6@anna.b \u043f\u043e\u0447\u0442\u0430@anna',
  '@anna@social.example @anna:matrix.example',
  '\\``@anna`',
  '\\@anna \\@everyone',
  '\\<@1>',
  '\\\\\\@anna',
  '<@3> <@> <@x> <@01>',
])('%j mentions nobody', (text) => {
  expect(found(text)).toEqual({ everyone: false, user_ids: [], role_ids: [] });
});

test.each([
  '`code` and @anna',
  'a ` @anna',
  '`a\n@anna`',
  '~~~ @anna ~~~',
  'a ~~~\n@anna\n~~~',
  '~~~\n@anna',
  '~~~\na\n~~~\n@anna\n~~~ b',
  '\\`@anna\\`',
  '\\\\@anna',
  '(https://blog.example)@anna',
  'https://blog.example @anna',
  '\u898b\u3066https://blog.example/\u3002@anna',
  '\u3053\u3093\u306b\u3061\u306f@anna',
  '1/2 and/or @anna',
  '**@anna** (@anna) @anna: @anna, @anna@work',
  '<@1> <@!1>',
  '<@anna',
  '@anna/@anna',
])('%j mentions anna', (text) => {
  expect(mentioned(text)).toEqual(['1']);
});

test('names and ids stand in the order of the text, each once; roles beside them', () => {
  expect(found('<@2> @anna <@&7> <@1> <@&8> <@&7> @here')).toEqual({
    everyone: true,
    user_ids: ['2', '1'],
    role_ids: ['7'],
  });
});

test.each([
  '.',
  '@',
  '@a',
  '@a.',
  '@@@.',
  ' @_',
  '<@',
  '<@1',
  '\\',
  '\\@',
  '\\`` ',
  '` ',
  'a://)',
  'a://(',
  'a.',
  'a.a/',
  '@a:a.',
  '@a@',
  'a:',
])('a megabyte of %j comes to its end', (piece) => {
  expect(mentioned(`${megabyteOf(piece)} \n @anna`)).toContain('1');
});

test('an edit brings the lists up to date, as far as its author may mention', async () => {
  await using server = await startTest();
  const home = await world(server, 'anna', 'bob');
  const { anna, bob, space, general } = home;
  const role = (wish: object) => anna.does('POST', `/spaces/${space.id}/roles`, wish);
  const open = await role({ name: 'open', mentionable: true });
  const shut = await role({ name: 'shut', mentionable: false });
  const all = `@anna <@${bob.id}> @everyone <@&${open.id}> <@&${shut.id}>`;
  const lists = ({ mentions, mention_roles, mention_everyone }: Record<string, unknown>) => ({
    mentions,
    mention_roles,
    mention_everyone,
  });
  const few = { mentions: [anna.id, bob.id], mention_roles: [open.id], mention_everyone: false };
  const none = { mentions: [], mention_roles: [], mention_everyone: false };
  const path = `/channels/${general.id}/messages`;
  const sent = await bob.says(general, all);
  expect(lists(sent)).toEqual(few);
  const annas = await anna.listens();
  const edit = async (content: string) =>
    lists(await bob.does('PATCH', `${path}/${sent.id}`, { content }));
  expect(await edit(`nobody \`${all}\``)).toEqual(none);
  expect(lists((await annas.hearsExactly('message.update'))[0]?.data ?? {})).toEqual(none);
  expect(lists(await anna.does('GET', `${path}/${sent.id}`))).toEqual(none);
  expect(await edit(all)).toEqual(few);
  await empower(home, bob, 'mention_everyone');
  await bob.does('PATCH', `${path}/${sent.id}`, { embeds: [] });
  expect(lists(await bob.does('GET', `${path}/${sent.id}`))).toEqual(few);
  expect(await edit(all)).toEqual({
    mentions: [anna.id, bob.id],
    mention_roles: [open.id, shut.id],
    mention_everyone: true,
  });
});

test('ids of strangers, of roles elsewhere and of @everyone are plain text', async () => {
  await using server = await startTest();
  const { anna, space, general } = await world(server, 'anna', 'bob');
  const cleo = await server.person('cleo');
  const elsewhere = await world(server, 'dora', 'emil');
  const foreign = await elsewhere.dora.does('POST', `/spaces/${elsewhere.space.id}/roles`, {
    name: 'foreign',
    mentionable: true,
  });
  const [everyone] = await anna.does('GET', `/spaces/${space.id}/roles`);
  const text = `<@${cleo.id}> <@&${foreign.id}> <@&${everyone.id}> <@&${anna.id}>`;
  const { mentions, mention_roles, mention_everyone } = await anna.says(general, text);
  expect([mentions, mention_roles, mention_everyone]).toEqual([[], [], false]);
});
