import { expect, test } from 'bun:test';
import { deservesNotice, mayBeLoud } from '../../src/client/notices.ts';
import { conversation, general, message, own, shelved } from './shelved.ts';

const now_ms = 1_000;

test('what calls the reader is worth a notice, other messages are not', () => {
  const state = shelved();
  expect(deservesNotice(state, message(general), now_ms)).toBe(false);
  expect(deservesNotice(state, message(general, { mentions: [own] }), now_ms)).toBe(true);
  expect(deservesNotice(state, message(conversation), now_ms)).toBe(true);
  const ownOne = message(conversation, { author_id: own });
  expect(deservesNotice(state, ownOne, now_ms)).toBe(false);
});

test('nothing makes a noise that is muted, silent, old, from somebody blocked, or in quiet times', () => {
  const call = (more = {}) => message(conversation, more);
  const muted = shelved({ mutes: [{ channel_id: conversation.id }] });
  expect(deservesNotice(muted, call(), now_ms)).toBe(false);
  expect(deservesNotice(shelved(), call({ flags: 4096 }), now_ms)).toBe(false);
  expect(deservesNotice(shelved(), call(), 121_000)).toBe(false);
  const blocked = shelved({ relationships: [{ id: '2', type: 2, user: { id: '2' } }] });
  expect(deservesNotice(blocked, call(), now_ms)).toBe(false);
  const busy = shelved({ presences: [{ user_id: own, status: 'dnd' }] });
  expect(deservesNotice(busy, call(), now_ms)).toBe(false);
});

test('a call rings aloud unless it is muted, from somebody blocked, or in quiet times', () => {
  const rings = (more = {}) => mayBeLoud(shelved(more), conversation.id, '2');
  expect(rings()).toBe(true);
  expect(rings({ mutes: [{ channel_id: conversation.id }] })).toBe(false);
  expect(rings({ mutes: [{ channel_id: general.id }] })).toBe(true);
  expect(rings({ presences: [{ user_id: own, status: 'dnd' }] })).toBe(false);
  expect(rings({ presences: [{ user_id: '2', status: 'dnd' }] })).toBe(true);
  expect(rings({ relationships: [{ id: '2', type: 2, user: { id: '2' } }] })).toBe(false);
  expect(rings({ relationships: [{ id: '2', type: 1, user: { id: '2' } }] })).toBe(true);
});
