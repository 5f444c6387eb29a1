// A new owner, with requests alone: claims the server, says what it is called, and who may come in.
import { expect, test } from 'bun:test';
import { Godot } from '../../support/clients/godot.ts';
import * as read from '../../support/clients/godot-models.ts';
import { arrives, logsIn, ownedServer, reads } from '../../support/owned.ts';
import type { Person } from '../../support/person.ts';
import { from } from '../../support/second-factor.ts';
import type { TestServer } from '../../support/server.ts';
import { codeOf, personOf, registers, startUnclaimed } from '../../support/unclaimed.ts';

/** Whether that is the one who owns the first space and administers the server. */
async function rules(person: Person): Promise<boolean> {
  const [home] = await person.does('GET', '/users/@me/spaces');
  const { is_admin } = await person.does('GET', '/users/@me');
  const may = (await person.call('GET', '/admin/settings')).status === 200;
  expect([is_admin, home.owner_id === person.id]).toEqual([may, may]);
  return may;
}

/** What somebody heard who has nothing to do with the claim: that somebody came, perhaps. */
async function learnsNoSecret(ears: Awaited<ReturnType<Person['listens']>>, code: string) {
  const heard = JSON.stringify(await ears.unread());
  expect(heard).not.toContain('is_admin');
  expect(heard).not.toContain(code);
}

test('an owner claims the server by registering on its machine; whoever came before and comes after does not', async () => {
  await using server = await startUnclaimed();
  const code = codeOf(server);
  const early = await arrives(server, 'early', '203.0.113.7');
  const ears = await early.listens();
  const olga = personOf(server, await registers(server, 'olga'));
  expect(await rules(olga)).toBe(true);
  await learnsNoSecret(ears, code);
  const late = personOf(server, await registers(server, 'late'));
  expect([await rules(early), await rules(late)]).toEqual([false, false]);
  await late.isRefused(403, 'POST', '/instance/claim', { code });
});

test('an owner claims the server with the setup code, as an account is made', async () => {
  await using server = await startUnclaimed({ TRUSTED_PROXIES: '127.0.0.1' });
  const code = codeOf(server);
  const early = await arrives(server, 'early');
  const ears = await early.listens();
  const wrong = await registers(server, 'olga', { setup_code: 'x'.repeat(16) }, from('192.0.2.1'));
  expect([wrong.status, wrong.code]).toEqual([403, 'forbidden']);
  await ears.hearsNothing();
  const olga = await arrives(server, 'olga', '192.0.2.1', { setup_code: code });
  expect(await rules(olga)).toBe(true);
  await learnsNoSecret(ears, code);
  expect(await rules(early)).toBe(false);
});

test('an owner with the Godot client opens the link of the log: registers, and accepts the code as an invite', async () => {
  await using server = await startUnclaimed({ TRUSTED_PROXIES: '127.0.0.1' });
  const link = server.logged.map(({ fields }) => fields['link']).find((one) => one !== undefined);
  const code = new URL(String(link)).searchParams.get('invite') ?? '';
  const early = await arrives(server, 'early');
  const ears = await early.listens();
  const client = new Godot(server);
  await client.call('GET', '/auth/login');
  const account = { username: 'olga', password: 'correct horse', display_name: 'olga' };
  const { token, user } = await client.does('POST', '/auth/register', account);
  client.token = token;
  expect(read.user(await client.does('GET', '/users/@me')).is_admin).toBe(false);
  // Without a body, before it has read its spaces or connected.
  await client.does('POST', `/invites/${code}/accept`);
  const space = await client.entersServer();
  expect(space.owner_id).toBe(user.id);
  expect((await client.listens()).ready['user']).toMatchObject({ id: user.id, is_admin: true });
  await client.does('GET', '/admin/settings');
  await learnsNoSecret(ears, code);
  // It accepts the code at the next start of the client as well, which goes on after a failure.
  expect(await client.call('POST', `/invites/${code}/accept`)).toMatchObject({ status: 404 });
  expect(await early.call('POST', `/invites/${code}/accept`)).toMatchObject({ status: 404 });
});

test('name and terms: who comes next reads them before registering, and nobody is disturbed', async () => {
  await using here = await ownedServer();
  const { server, olga, set } = here;
  const bob = await arrives(server, 'bob');
  const [olgas, bobs] = [await olga.listens(), await bob.listens()];
  await olgas.unread();
  const before = (await server.call('GET', '/settings')).data;
  const change = {
    server_name: 'Soup Club',
    motd: 'Peas today',
    tos_text: '# Be kind\n\nNo *spam*, <b>please</b>.',
    tos_url: 'https://soup.example/terms',
  };
  await set(change);
  const settings = (await server.call('GET', '/settings')).data;
  expect(settings).toMatchObject({ ...change, tos_enabled: true });
  expect(settings.tos_version).toBe(before.tos_version + 1);
  const page = await reads(server, '/');
  for (const said of ['Soup Club', 'Peas today', 'Be kind', 'https://soup.example/terms']) {
    expect(page).toContain(said);
  }
  await set({ motd: 'Beans today' });
  expect((await server.call('GET', '/settings')).data.tos_version).toBe(before.tos_version + 1);
  await olgas.hearsNothing();
  await bobs.hearsNothing();
  await bob.isRefused(403, 'PATCH', '/admin/settings', { server_name: 'Bob’s' });
  expect((await bob.listens()).ready['motd']).toBe('Beans today');
  const [, entry] = await olga.does('GET', '/admin/audit-log');
  expect(entry).toMatchObject({ user_id: olga.id, action_type: 'setting_update' });
  expect(entry.changes).toMatchObject({ server_name: { old: 'Accord Server', new: 'Soup Club' } });
});

/** Presses the button of the page as a browser does, which hides where it comes from. */
const presses = (server: TestServer, code: string, address: string) =>
  server.call('POST', `//invite/${code}/door`, '', {
    ...from(address),
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'null',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
  });

test('an evening by invite: with codes, with a space’s invite, by the button of the page; then open again', async () => {
  await using here = await ownedServer();
  const { server, olga, set } = here;
  const { space } = await olga.founds('Garden', { public: false });
  const comes = (name: string, address: string, more: object = {}) =>
    registers(server, name, more, from(address));
  const refused = async (name: string, address: string, more: object = {}) => {
    const { status, body } = await comes(name, address, more);
    expect([name, status]).toEqual([name, 403]);
    expect((await logsIn(server, name)).status).toBe(401);
    return String(body.error.message);
  };
  await set({ registration_policy: 'invite_only' });
  expect(await reads(server, '/')).toContain('you need an invite for it');
  const olgas = await olga.listens();
  expect(await refused('nobody', '192.0.2.20')).toContain('by invite');

  const ticket = await olga.does('POST', '/admin/invites', { max_uses: 2, note: 'for the party' });
  const by = { invite_code: ticket.code };
  for (const [name, at] of [
    ['bob', '192.0.2.21'],
    ['cleo', '192.0.2.22'],
  ] as const) {
    const made = personOf(server, await comes(name, at, by));
    const spaces = await made.does('GET', '/users/@me/spaces');
    expect(spaces.map((one: any) => one.name)).toEqual(['General']);
    expect((await olgas.hears('member.join')).data).toMatchObject({ user_id: made.id });
  }
  expect(await refused('dora', '192.0.2.23', by)).toContain('used up');
  expect(await olga.does('GET', '/admin/invites')).toMatchObject([{ code: ticket.code, uses: 2 }]);

  const invite = await olga.does('POST', `/spaces/${space.id}/invites`, { max_uses: 2 });
  const dora = personOf(server, await comes('dora', '192.0.2.23', { invite_code: invite.code }));
  await dora.does('GET', `/spaces/${space.id}/channels`);

  // A phone: the browser opens the link and presses the button, the client registers without a code.
  const phone = '198.51.100.40';
  await olgas.unread();
  const page = await server.call('GET', `//invite/${invite.code}`, undefined, from(phone));
  expect(page.body).toContain(`<form method="post" action="${invite.code}/door">`);
  await refused('emil', phone);
  expect((await presses(server, invite.code, phone)).body).toContain('Registration is open');
  await olgas.hearsNothing();
  await refused('mallory', '203.0.113.66');
  const emil = personOf(server, await comes('emil', phone));
  const spaces = await emil.does('GET', '/users/@me/spaces');
  expect(spaces.map((one: any) => one.name).toSorted()).toEqual(['Garden', 'General']);
  await refused('frida', phone);
  const used = 'used for as many accounts as it can be';
  expect((await presses(server, invite.code, phone)).body).toContain(used);
  await refused('frida', phone);

  await set({ registration_policy: 'open' });
  expect(await reads(server, '/')).toContain('registration is open');
  expect((await comes('frida', phone)).status).toBe(200);
});
