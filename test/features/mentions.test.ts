// Which names a text mentions.
import { expect, test } from 'bun:test';
import { findMentions } from '../../src/features/talk/messages/mentions.ts';
import { growthOf, quadratic } from '../support/growth.ts';

const known = new Map([
  ['anna', '1'],
  ['anna.b', '2'],
]);
const mentioned = (text: string) => findMentions(text, () => known).user_ids;

test('dots at the end of a name are the end of a sentence', () => {
  expect(mentioned('@anna.')).toEqual(['1']);
  expect(mentioned('@anna... and @Anna.b..')).toEqual(['1', '2']);
  expect(mentioned('@....')).toEqual([]);
});

test.each(['.', '@', '@a', '@a.', '@@@.', ' @_', '<@'])(
  'a text of %j takes no more than linear time',
  (piece) => {
    const find = (text: string) => findMentions(`@a${text}a`, () => known);
    expect(growthOf(find, piece, 20_000)).toBeLessThan(quadratic);
  },
);
