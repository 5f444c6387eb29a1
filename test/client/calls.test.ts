import { expect, test } from 'bun:test';
import { State } from '../../src/client/state.ts';
import type { Heard, ReadyData } from '../../src/client/wire.ts';

const nobody = {
  user: { id: '1' },
  session_id: 's',
  ...{ spaces: [], channels: [], roles: [], users: [], members: [], dm_channels: [] },
  ...{ relationships: [], presences: [], voice_states: [], rings: [], unread: [], mutes: [] },
} as unknown as ReadyData;

/** An event, by its type and what of its data matters here. */
type Told = readonly [type: string, data: object];

/** What the reader, account 1, knows after these events of channel 9. */
function after(...events: readonly Told[]): State {
  const state = new State(nobody);
  for (const [type, data] of events) {
    state.apply({ op: 0, type, data: { channel_id: '9', ...data } } as unknown as Heard);
  }
  return state;
}

const rung: Told = ['call.ring', { caller_id: '2', participants: ['1', '2', '3'] }];
const ring = (...given: readonly Told[]) => after(rung, ...given).rings.get('9');

test('a call rings for all but the caller and those who are there already', () => {
  expect(ring()?.waiting).toEqual(['1', '3']);
  const there: Told = ['voice.state_update', { user_id: '3', space_id: null }];
  expect(after(there, rung).rings.get('9')?.waiting).toEqual(['1']);
});

test('it stops for whoever comes or declines, and with the last of them', () => {
  const comes = (user_id: string): Told => ['voice.state_update', { user_id }];
  expect(ring(comes('1'))?.waiting).toEqual(['3']);
  expect(ring(['call.decline', { user_id: '3' }])?.waiting).toEqual(['1']);
  expect(ring(['call.decline', { user_id: '1' }], comes('3'))).toBeUndefined();
});

test('it stops for all when the caller gives up, the call ends, or the conversation goes', () => {
  expect(ring(['call.cancel', { user_id: '3' }])?.waiting).toEqual(['1', '3']);
  expect(ring(['call.cancel', { user_id: '2' }])).toBeUndefined();
  expect(ring(['call.end', { user_id: '2' }])).toBeUndefined();
  expect(ring(['channel.delete', { id: '9' }])).toBeUndefined();
});
