// Which names a text mentions.
import { expect, test } from 'bun:test';
import { findMentions } from '../../src/features/talk/messages/mentions.ts';
import { megabyteOf } from '../support/megabyte.ts';

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
  'a megabyte of %j comes to its end',
  (piece) => {
    expect(mentioned(`@a${megabyteOf(piece)} @anna`)).toEqual(['1']);
  },
);
