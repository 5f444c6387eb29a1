import { expect, test } from 'bun:test';
import type { ReadyList } from '../../src/gateway/ready-list.ts';
import { readyFor } from '../../src/features/ready/ready/picture.ts';
import { readyChannels } from '../../src/features/spaces/channels/ready.ts';
import { readyRoles } from '../../src/features/spaces/roles/ready.ts';
import { readySpaces } from '../../src/features/spaces/spaces/ready.ts';
import { addChannels } from '../support/masses.ts';
import { startTest } from '../support/server.ts';
import { quietly } from '../support/world.ts';

/** Counts the entries of a list that are read. */
function counting(list: ReadyList) {
  const { entries } = list;
  const count = { read: 0, [Symbol.dispose]: () => void (list.entries = entries) };
  list.entries = function* counted(...given) {
    for (const one of entries(...given)) {
      count.read += 1;
      yield one;
    }
  };
  return count;
}

test('a READY that is full reads nothing more; the rest is read when it is sent', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const [spaces, channels] = [30, 40];
  for (let n = 0; n < spaces; n += 1) {
    const { space } = await anna.founds(`Space ${n}`);
    await addChannels(server, space, channels, 'x'.repeat(80));
  }
  const ears = await anna.listens(quietly);
  const listener = server.app.hub.listener(ears.ready['session_id']);
  if (listener === undefined) throw new Error('the session is not live');
  using ofSpaces = counting(readySpaces);
  using ofChannels = counting(readyChannels);
  using ofRoles = counting(readyRoles);
  const { frame, rest } = readyFor(server.app, listener);
  const { data } = JSON.parse(frame);
  // One of each list did not fit, and is the last one that was read.
  expect(ofSpaces.read).toBe(data.spaces.length);
  expect(ofChannels.read).toBe(data.channels.length + 1);
  expect(ofChannels.read).toBeLessThan((spaces * channels) / 2);
  expect(ofRoles.read).toBeLessThanOrEqual(data.roles.length + 1);
  const shown = new Set(data.channels.map(({ id }: { id: string }) => id));
  let pauses = 0;
  for (let next = rest?.next(0); next && !next.done; next = rest?.next(1)) {
    if (next.value === null) pauses += 1;
    if (typeof next.value !== 'string') continue;
    const event = JSON.parse(next.value);
    if (event.type === 'channel.create') shown.add(event.data.id);
  }
  const all = await Promise.all(
    data.spaces.map(({ id }: { id: string }) => anna.does('GET', `/spaces/${id}/channels`)),
  );
  expect(shown).toEqual(new Set(all.flat().map(({ id }) => id)));
  expect(ofChannels.read).toBe(shown.size);
  // Others have their turn even where nothing is sent.
  expect(pauses).toBeGreaterThan(shown.size / 100);
});

test('who hears nothing of channels is not kept up by them, and neither is anybody else', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space } = await anna.founds('Large');
  await addChannels(server, space, 400, '');
  const ears = await anna.listens([]);
  const listener = server.app.hub.listener(ears.ready['session_id']);
  if (listener === undefined) throw new Error('the session is not live');
  using ofChannels = counting(readyChannels);
  const { rest } = readyFor(server.app, listener);
  let before = ofChannels.read;
  for (let next = rest?.next(0); next && !next.done; next = rest?.next(1)) {
    expect(ofChannels.read - before).toBeLessThanOrEqual(50);
    before = ofChannels.read;
  }
  expect(ofChannels.read).toBeGreaterThan(400);
});

test('a READY that is full shows the own presence: nothing would tell it later', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const { space } = await anna.founds();
  await addChannels(server, space, 300, 'x'.repeat(80));
  const activities = [{ name: 'chess', url: `https://example.org/${'y'.repeat(400)}` }];
  const ears = await anna.listens(quietly, { presence: { status: 'dnd', activities } });
  expect(ears.ready['channels'].length).toBeLessThan(300);
  expect(ears.ready['presences']).toMatchObject([{ user_id: anna.id, status: 'dnd', activities }]);
});
