// The newest message of a channel after deletions: it is right, or known to be unknown.
import { expect, test } from 'bun:test';
import { general, hear, message, shelved } from './shelved.ts';

const at = (id: string) => message(general, { id });
const removes = (state: ReturnType<typeof shelved>, id: string) =>
  hear(state, 'message.delete', { id, channel_id: general.id });

function withNewest() {
  const state = shelved();
  hear(state, 'message.create', at('900'));
  return state;
}

test('of a channel that is not open, the message before the newest one is unknown', () => {
  const state = withNewest();
  removes(state, '900');
  expect(state.vague.has(general.id)).toBe(true);
});

test('messages that were read one by one do not become the newest', () => {
  const state = withNewest();
  state.adds(general.id, [at('300'), at('900')]);
  removes(state, '900');
  expect(state.vague.has(general.id)).toBe(true);
  hear(state, 'message.create', at('901'));
  expect(state.vague.has(general.id)).toBe(false);
  expect(state.channel(general.id)?.last_message_id).toBe('901');
});

test('where all is noted up to the present, the one before is the newest', () => {
  const state = withNewest();
  state.adds(general.id, [at('300'), at('800'), at('900')]);
  state.since.set(general.id, '800');
  removes(state, '900');
  expect(state.channel(general.id)?.last_message_id).toBe('800');
  expect(state.vague.has(general.id)).toBe(false);
  removes(state, '800');
  expect(state.vague.has(general.id)).toBe(true);
});

test('a channel of which all is noted can become empty', () => {
  const state = withNewest();
  state.opens(general.id, [at('900')]);
  removes(state, '900');
  expect(state.channel(general.id)?.last_message_id).toBeNull();
  expect(state.vague.has(general.id)).toBe(false);
});
