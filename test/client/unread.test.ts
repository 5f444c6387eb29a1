import { expect, test } from 'bun:test';
import { acknowledged } from '../../src/client/reading.ts';
import { conversation, general, hear, message, own, shelved } from './shelved.ts';

test('what others write is unread, and counts where it calls the reader', () => {
  const state = shelved();
  hear(state, 'message.create', message(general));
  expect(state.unread.get(general.id)).toMatchObject({ space_id: '5', mention_count: 0 });
  hear(state, 'message.create', message(general, { mentions: [own] }));
  hear(state, 'message.create', message(general, { mention_everyone: true }));
  hear(state, 'message.create', message(general, { mention_roles: ['7'] }));
  hear(state, 'message.create', message(general, { mention_roles: ['6'] }));
  hear(state, 'message.create', message(general, { mention_roles: ['8'] }));
  expect(state.unread.get(general.id)?.mention_count).toBe(4);
  hear(state, 'message.create', message(conversation));
  expect(state.unread.get(conversation.id)?.mention_count).toBe(1);
});

test('what one writes oneself is not unread, and reads nothing', () => {
  const state = shelved();
  hear(state, 'message.create', message(general, { author_id: own }));
  expect(state.unread.has(general.id)).toBe(false);
  hear(state, 'message.create', message(general));
  const { id } = message(general);
  hear(state, 'message.create', message(general, { id, author_id: own }));
  expect(state.unread.get(general.id)?.last_message_id).toBe(id);
});

test('a thread is not the channel: its answers leave the channel as it is', () => {
  const state = shelved();
  hear(state, 'message.create', message(general, { thread_id: '50', mentions: [own] }));
  expect(state.unread.size).toBe(0);
});

test('reading up to the newest message reads the channel, up to an older one leaves the rest', () => {
  const state = shelved();
  const [first, second] = [message(general), message(general, { mentions: [own] })];
  hear(state, 'message.create', first);
  hear(state, 'message.create', second);
  const at = (last_read_message_id: string, mention_count: number) => {
    return {
      channel_id: general.id,
      last_read_message_id,
      mention_count,
      unread: mention_count > 0,
    };
  };
  hear(state, 'read_state.update', at(first.id, 1));
  expect(state.unread.get(general.id)).toMatchObject({
    last_read_message_id: first.id,
    mention_count: 1,
  });
  hear(state, 'read_state.update', at(second.id, 0));
  expect(state.unread.has(general.id)).toBe(false);
});

test('an acknowledgement that moves nothing at the server reads the channel all the same', () => {
  const gone = message(general);
  const state = shelved({
    channels: [{ ...general, last_message_id: gone.id }],
    unread: [{ channel_id: general.id, last_read_message_id: '99', mention_count: 0 }],
  });
  const channel_id = general.id;
  acknowledged(state, { channel_id, message_id: '99' });
  expect(state.unread.has(channel_id)).toBe(true);
  // The channel was never opened here, so nobody knows what came before.
  hear(state, 'message.delete', { channel_id, id: gone.id });
  expect(state.unread.has(channel_id)).toBe(true);
  acknowledged(state, { channel_id, message_id: '99' });
  expect(state.unread.has(channel_id)).toBe(false);
});

test('a message that came meanwhile stays unread', () => {
  const first = message(general);
  const state = shelved({
    channels: [{ ...general, last_message_id: first.id }],
    unread: [{ channel_id: general.id, mention_count: 0 }],
  });
  const channel_id = general.id;
  hear(state, 'message.create', message(general));
  acknowledged(state, { channel_id, message_id: first.id });
  expect(state.unread.has(channel_id)).toBe(true);
  acknowledged(state, { channel_id, message_id: state.channel(channel_id)?.last_message_id ?? '' });
  expect(state.unread.has(channel_id)).toBe(false);
});
