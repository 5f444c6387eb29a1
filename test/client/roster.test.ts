import { expect, test } from 'bun:test';
import { lacks, peopleOf, rosterOf } from '../../src/client/roster.ts';
import type { Channel } from '../../src/client/wire.ts';
import { general, own, shelved } from './shelved.ts';

const member = (user_id: string, nickname: string | null = null) => {
  return { space_id: '5', user_id, nickname, roles: [] };
};
const user = (id: string, username: string, display_name: string | null = null) => {
  return { id, username, display_name };
};

const state = shelved({
  members: [member(own), member('2', 'Zoë'), member('3'), { ...member('4'), space_id: '9' }],
  users: [user('2', 'ben'), user('3', 'cleo', 'Amélie'), user('4', 'dan')],
  presences: [{ user_id: '2', status: 'idle' }],
});
const people = peopleOf(state, general as unknown as Channel);
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test('people stand in the order of the names that they have in the space', () => {
  expect(names(people)).toEqual(['Amélie', 'anna', 'Zoë']);
});

test('who is here stands apart from who is not', () => {
  const { here, away } = rosterOf(people, state.presences);
  expect([names(here), names(away)]).toEqual([['Zoë'], ['Amélie', 'anna']]);
});

test('a search finds names without regard to case and accents, user names as well', () => {
  const found = (text: string) => names(rosterOf(people, state.presences, text).away);
  expect(found('AMEL')).toEqual(['Amélie']);
  expect(found('cleo')).toEqual(['Amélie']);
  expect(found('x')).toEqual([]);
});

test('members who are missing are noticed by their ids', () => {
  expect(lacks(state, '5', [own, '2', '3'])).toBe(false);
  expect(lacks(state, '5', [own, '4'])).toBe(true);
});
