// READY of an account with more unread and muted channels than a frame holds.
import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { patience_ms } from '../support/patience.ts';
import { addChannels } from '../support/masses.ts';
import { startTest } from '../support/server.ts';
import { quietly, world } from '../support/world.ts';

test('what is unread and muted beyond READY follows it, and leaves room for the rest', async () => {
  await using server = await startTest();
  const { anna, bob, space } = await world(server, 'anna', 'bob');
  const rooms = await addChannels(server, space, 400, '');
  for (const id of rooms) await anna.says({ id }, 'hello @bob');
  const [read = '', ...others] = rooms;
  const { last_message_id } = await bob.does('GET', `/channels/${read}`);
  await bob.does('POST', `/channels/${read}/ack`, { message_id: last_message_id });
  await server.turn(({ tx }: Turn) => {
    for (const id of rooms) {
      tx.sqlite.run('INSERT INTO channel_mutes VALUES (?, ?, 0)', [bob.id, id]);
    }
  });

  const ears = await bob.listens(quietly);
  const later = (type: string) => ears.frames.filter((frame) => frame.type === type);
  const end = Date.now() + patience_ms;
  // What comes last has a number.
  while (later('user.update').length === 0 && Date.now() < end) await ears.settled();
  const idsOf = (list: readonly { channel_id: string }[]) => list.map((one) => one.channel_id);
  for (const [list, event, expected] of [
    ['unread', 'read_state.update', others],
    ['mutes', 'channel_mute.create', rooms],
  ] as const) {
    const inReady = idsOf(ears.ready[list]);
    const after = idsOf(later(event).map(({ data }) => data as { channel_id: string }));
    expect(inReady.length).toBeGreaterThan(100);
    expect(after.length).toBeGreaterThan(20);
    expect([...inReady, ...after].toSorted()).toEqual(expected.toSorted());
  }
  // The newest come first, and the others say that nothing was acknowledged.
  expect(ears.ready['unread'][0]).toMatchObject({ channel_id: rooms.at(-1), mention_count: 1 });
  const [frame] = later('read_state.update');
  expect(frame?.data).toMatchObject({ last_read_message_id: '0', mention_count: 1 });
  expect(ears.ready['channels'].length).toBeGreaterThan(10);
});
