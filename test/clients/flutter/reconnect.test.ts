import { expect, test } from 'bun:test';
import { endSession } from '../../../src/gateway/ends.ts';
import { FlutterSocket, type Delays } from '../../support/clients/flutter-socket.ts';
import type { Person } from '../../support/person.ts';
import { ServerProcess, serverCommand } from '../../support/process.ts';
import { reached, registers } from '../../support/outside.ts';
import { startTest } from '../../support/server.ts';
import { world } from '../../support/world.ts';

/** So that a test need not wait for as long as the client does. */
const second_ms = 40;

const socketOf = (person: Person, delays: Delays) =>
  new FlutterSocket({ url: person.server.gateway, token: person.token, delays, second_ms });

test('a refused RESUME, after which op 7 and the close start one reconnect each, comes to rest', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  for (const delays of [
    { refused: 1, closed: 0.9 },
    { refused: 1.5, closed: 0.5 },
    { refused: 1.52, closed: 0.5 },
    { refused: 2, closed: 0 },
    { refused: 5, closed: 0 },
  ]) {
    using socket = socketOf(bob, delays);
    await socket.isAtRest();
    const id = socket.session_id ?? '';
    await server.turn((turn) => endSession(turn, id, bob.id));
    socket.drop();
    await socket.hears('ready', ({ session_id }) => session_id !== id);
    await socket.isAtRest();
    // Both reconnects have been made, so nothing more comes by itself.
    expect(socket.identifies).toBeLessThanOrEqual(3);
    expect(socket.endedWith).toBeNull();
    const { id: said } = await owner.says(general, 'still here');
    await socket.hears('message.create', (message) => message.id === said);
    expect(socket.events.filter(({ data }) => data.id === said)).toHaveLength(1);
  }
});

test('a socket that drops comes back to its session, and so does one that is shut for another', async () => {
  await using server = await startTest();
  const { owner, bob, general } = await world(server, 'olga', 'bob');
  using socket = socketOf(bob, { refused: 1, closed: 0 });
  await socket.isAtRest();
  socket.drop();
  await owner.says(general, 'missed');
  await socket.hears('resumed');
  await socket.hears('message.create', ({ content }) => content === 'missed');
  expect([socket.identifies, socket.resumes]).toEqual([1, 1]);
});

test('after a restart of the server it resumes, and hears what came meanwhile', async () => {
  await using process = await ServerProcess.start(serverCommand(null));
  const server = reached(process);
  const anna = await registers(server, 'anna');
  const { general } = await anna.founds();
  using socket = socketOf(anna, { refused: 1, closed: 0 });
  await socket.isAtRest();
  await process.end('SIGTERM');
  await process.start();
  await anna.says(general, 'after');
  await socket.hears('resumed');
  await socket.hears('message.create', ({ content }) => content === 'after');
  await socket.isAtRest();
  expect([socket.identifies, socket.resumed]).toEqual([1, 1]);
}, 60_000);
