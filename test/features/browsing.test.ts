import { expect, test } from 'bun:test';
import { Guest } from '../support/guest.ts';
import type { Person } from '../support/person.ts';
import { startTest } from '../support/server.ts';
import { hiddenChannel, listening, world } from '../support/world.ts';

test('the lists that clients ask for at login are there, and empty', async () => {
  await using server = await startTest();
  const { owner, space, general, bob } = await world(server, 'olga', 'bob');
  for (const list of ['channels', 'relationships', 'mutes', 'read-states', 'connections']) {
    expect(await bob.does('GET', `/users/@me/${list}`)).toEqual([]);
    expect((await server.call('GET', `/users/@me/${list}`)).status).toBe(401);
  }
  const guest = await Guest.enter(server, space);
  expect(await guest.reads('/users/@me/relationships')).toEqual([]);
  expect(await bob.does('GET', `/channels/${general.id}/sessions/active`)).toEqual([]);
  expect(await bob.does('GET', `/spaces/${space.id}/plugins`)).toEqual([]);
  expect(await bob.does('GET', `/spaces/${space.id}/soundboard`)).toEqual([]);
  expect(await bob.does('GET', `/users/${owner.id}/mutual-friends`)).toEqual([]);
  const unknown = await bob.isRefused(404, 'GET', '/users/1/mutual-friends');
  expect(unknown.body.error.message).toContain('unknown_user');
  const guests = await bob.call('GET', `/spaces/${space.id}/anonymous-count`);
  expect(guests.body).toEqual({ count: 0 });
  await owner.isRefused(404, 'GET', '/spaces/1/anonymous-count');
});

test('what belongs to a channel or a private space is for who may view it', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'bob');
  const { owner, bob } = home;
  const stranger = await server.person('dora');
  const hidden = await hiddenChannel(home);
  const { space } = await owner.founds('Den', { public: false });
  await bob.isRefused(403, 'GET', `/channels/${hidden.id}/sessions/active`);
  await bob.isRefused(403, 'POST', `/channels/${hidden.id}/ack`, { message_id: '1' });
  await stranger.isRefused(403, 'GET', `/spaces/${space.id}/anonymous-count`);
  await stranger.isRefused(403, 'GET', `/spaces/${space.id}/plugins`);
  await stranger.isRefused(403, 'GET', `/spaces/${home.space.id}/soundboard`);
  await stranger.isRefused(404, 'GET', '/channels/1/sessions/active');
});

test('saying how far one has read is accepted, and nobody else hears of it', async () => {
  await using server = await startTest();
  const { owner, general, bob } = await world(server, 'olga', 'bob');
  const message = await owner.says(general, 'read me');
  const [olgas, bobs] = await listening([owner, bob]);
  expect(
    await bob.does('POST', `/channels/${general.id}/ack`, { message_id: message.id }),
  ).toBeNull();
  await bob.does('POST', `/channels/${general.id}/ack`, { message_id: '1' });
  await bob.isRefused(400, 'POST', `/channels/${general.id}/ack`, { message_id: 'newest' });
  await bob.isRefused(422, 'POST', `/channels/${general.id}/ack`, {});
  await olgas.hearsNothing();
  await bobs.hearsExactly('read_state.update');
});

async function found(who: Person, query: string, more = ''): Promise<string[]> {
  const people = await who.does('GET', `/users/search?query=${encodeURIComponent(query)}${more}`);
  for (const person of people) expect(person).not.toHaveProperty('is_admin');
  return people.map(({ username }: { username: string }) => username);
}

test('people of one’s own spaces are found by the beginning of a name', async () => {
  await using server = await startTest();
  const { owner } = await world(server, 'olga', 'anna', 'annabel', 'bernd');
  expect(await found(owner, 'ann')).toEqual(['anna', 'annabel']);
  expect(await found(owner, 'ANN')).toEqual(['anna', 'annabel']);
  expect(await found(owner, ' anna ')).toEqual(['anna', 'annabel']);
  expect(await found(owner, 'ann', '&limit=1')).toEqual(['anna']);
  expect(await found(owner, 'nna')).toEqual([]);
  // Oneself is not among them.
  expect(await found(owner, 'olga')).toEqual([]);
});

test('a display name is found whatever its case, and nothing that is typed is an operator', async () => {
  await using server = await startTest();
  const { owner, anna, bob, cleo } = await world(server, 'olga', 'anna', 'bob', 'cleo');
  await anna.does('PATCH', '/users/@me', { display_name: 'Queen Bee' });
  await bob.does('PATCH', '/users/@me', { display_name: '%100_' });
  await cleo.does('PATCH', '/users/@me', { display_name: 'Ärger' });
  expect(await found(owner, 'queen')).toEqual(['anna']);
  expect(await found(owner, 'QUEEN B')).toEqual(['anna']);
  expect(await found(owner, 'bee')).toEqual([]);
  expect(await found(owner, '%')).toEqual(['bob']);
  expect(await found(owner, '_')).toEqual([]);
  expect(await found(owner, 'Är')).toEqual(['cleo']);
  expect(await found(owner, "'; DROP TABLE users; --")).toEqual([]);
});

test('a display name is found whatever its case in every script', async () => {
  await using server = await startTest();
  const { owner, anna, bob, cleo, dora } = await world(
    server,
    'olga',
    'anna',
    'bob',
    'cleo',
    'dora',
  );
  const names = ['Ärger', 'Иван ГРОЗНЫЙ', 'Οδυσσεύς', 'Straße'];
  for (const [index, display_name] of names.entries()) {
    await [anna, bob, cleo, dora][index]?.does('PATCH', '/users/@me', { display_name });
  }
  for (const query of ['ärger', 'ÄRGER', 'är', 'a\u0308rg']) {
    expect(await found(owner, query)).toEqual(['anna']);
  }
  for (const query of ['иван грозный', 'ИВАН', 'и']) {
    expect(await found(owner, query)).toEqual(['bob']);
  }
  expect(await found(owner, 'ΟΔΥΣΣΕΎΣ')).toEqual(['cleo']);
  expect(await found(owner, 'ΟΔΥΣ')).toEqual(['cleo']);
  expect(await found(owner, 'STRASSE')).toEqual(['dora']);
  // A changed name is found as it is now, one that is gone no more.
  await anna?.does('PATCH', '/users/@me', { display_name: 'Übermut' });
  await bob?.does('PATCH', '/users/@me', { display_name: null });
  expect(await found(owner, 'ärger')).toEqual([]);
  expect(await found(owner, 'übermut')).toEqual(['anna']);
  expect(await found(owner, 'иван')).toEqual([]);
});

test('whose name is the query itself comes before all whose name only begins with it', async () => {
  await using server = await startTest();
  const home = await world(server, 'olga', 'ann_a', 'ann_b', 'ann_c', 'zed', 'yves', 'annika');
  const { owner, zed, yves, annika } = home;
  await zed.does('PATCH', '/users/@me', { display_name: 'ANN' });
  await yves.does('PATCH', '/users/@me', { display_name: 'Ann' });
  await annika.does('PATCH', '/users/@me', { display_name: 'Annika' });
  const rest = ['ann_a', 'ann_b', 'ann_c', 'annika'];
  expect(await found(owner, 'ann')).toEqual(['zed', 'yves', ...rest]);
  expect(await found(owner, 'aNN', '&limit=2')).toEqual(['zed', 'yves']);
  expect(await found(owner, 'ann', '&limit=1')).toEqual(['zed']);
  // Only the whole username is still nearer, a stranger's too.
  const stranger = await server.person('ann');
  const [first] = await stranger.does('GET', '/users/@me/spaces');
  await stranger.does('PATCH', '/users/@me', { display_name: 'Somebody' });
  await stranger.does('DELETE', `/spaces/${first.id}/members/@me`);
  expect(await found(owner, 'ann', '&limit=3')).toEqual(['ann', 'zed', 'yves']);
  // A stranger of that display name is not found by it.
  await stranger.does('PATCH', '/users/@me', { username: 'other', display_name: 'Ann' });
  expect(await found(owner, 'ann')).toEqual(['zed', 'yves', ...rest]);
});

test('strangers are found by their whole username alone, the disabled and the server itself never', async () => {
  await using server = await startTest();
  const { owner, anna } = await world(server, 'olga', 'anna');
  const stranger = await server.person('stranger');
  // Everyone shares the first space: this one leaves it.
  const [home] = await stranger.does('GET', '/users/@me/spaces');
  await stranger.does('DELETE', `/spaces/${home.id}/members/@me`);
  expect(await found(owner, 'strange')).toEqual([]);
  expect(await found(owner, 'stranger')).toEqual(['stranger']);
  expect(await found(owner, 'Stranger')).toEqual(['stranger']);
  expect(await found(stranger, 'ann')).toEqual([]);
  await server.turn(({ tx }) => {
    tx.sqlite.query('UPDATE users SET disabled = 1 WHERE id = ?').run(anna.id);
  });
  expect(await found(owner, 'ann')).toEqual([]);
  expect(await found(owner, 'anna')).toEqual([]);
  expect(await found(owner, 'System')).toEqual([]);
});

test('a search needs something to search for', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  for (const query of ['', '?query=', '?query=%20', `?query=${'x'.repeat(129)}`]) {
    await anna.isRefused(400, 'GET', `/users/search${query}`);
  }
  await anna.isRefused(400, 'GET', '/users/search?query=a&limit=many');
  expect((await server.call('GET', '/users/search?query=a')).status).toBe(401);
});
