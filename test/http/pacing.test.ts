// Reads that come many at once: nobody else waits for all of them.
import { expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import type { Person } from '../support/person.ts';
import { FakeClock } from '../support/clock.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';

/** A channel whose page takes longer to make than a turn of the event loop has time. */
async function withLongPages(server: TestServer): Promise<World<'anna' | 'bob'>> {
  const home = await world(server, 'anna', 'bob');
  const content = '"'.repeat(4000);
  const embeds = [{ description: content, fields: [{ name: 'a', value: content.slice(0, 900) }] }];
  await Promise.all(
    Array.from({ length: 100 }, () =>
      home.anna.does('POST', `/channels/${home.general.id}/messages`, { content, embeds }),
    ),
  );
  return home;
}

interface Ask {
  name: string;
  by: Person;
  method: string;
  path: string;
}

/** Sends requests in the same moment, each on a connection of its own; the answers as they came. */
async function together(server: TestServer, asks: readonly Ask[]): Promise<string[]> {
  const came: string[] = [];
  const sockets = await Promise.all(
    asks.map(() => {
      const { promise, resolve } = Promise.withResolvers<Socket>();
      const socket = connect(server.running.port, '127.0.0.1', () => resolve(socket));
      return promise;
    }),
  );
  const answers = asks.map(({ name, by, method, path }, index) => {
    const socket = sockets[index];
    const { promise, resolve } = Promise.withResolvers<void>();
    socket?.on('close', () => resolve());
    socket?.once('data', (data) => {
      came.push(`${name} ${data.toString('latin1', 9, 12)}`);
      socket.destroy();
    });
    socket?.write(
      `${method} /api/v1${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${by.authorization}\r\n\r\n`,
    );
    return promise;
  });
  await Promise.all(answers);
  return came;
}

test('long reads of one account let a short one of somebody else in between', async () => {
  await using server = await startTest();
  const { anna, bob, general } = await withLongPages(server);
  const page = { by: anna, method: 'GET', path: `/channels/${general.id}/messages?limit=100` };
  const came = await together(server, [
    ...Array.from({ length: 20 }, () => ({ name: 'page', ...page })),
    { name: 'bob', by: bob, method: 'GET', path: '/users/@me' },
  ]);
  expect(came.toSorted()).toEqual(['bob 200', ...Array.from({ length: 20 }, () => 'page 200')]);
  expect(came.indexOf('bob 200')).toBeLessThan(5);
});

test('a read that waits is refused if its token is revoked meanwhile', async () => {
  await using server = await startTest();
  const { anna, space, general } = await withLongPages(server);
  // Without a token nobody reads it.
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  const page = { by: anna, method: 'GET', path: `/channels/${general.id}/messages?limit=100` };
  const came = await together(server, [
    ...Array.from({ length: 20 }, () => ({ name: 'page', ...page })),
    { name: 'logout', by: anna, method: 'POST', path: '/auth/logout' },
  ]);
  expect(came).toContain('logout 200');
  expect(came).toContain('page 200');
  expect(came).toContain('page 401');
});

test('a search that waits for the index is refused if its token is revoked meanwhile', async () => {
  await using server = await startTest({ clock: new FakeClock() });
  const { anna, space, general } = await world(server, 'anna');
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  // More than one slice of the index takes in.
  const long = 'something '.repeat(390);
  await Promise.all(Array.from({ length: 30 }, () => anna.says(general, long)));
  const path = `/spaces/${space.id}/messages/search?query=something`;
  expect(
    await together(server, [
      { name: 'search', by: anna, method: 'GET', path },
      { name: 'logout', by: anna, method: 'POST', path: '/auth/logout' },
    ]),
  ).toEqual(['logout 200', 'search 401']);
});
