// The parts of talk that need no browser.
import { expect, test } from 'bun:test';
import { isUnicodeEmoji } from '../../src/features/talk/reactions/emoji.ts';
import { askedAt } from '../../src/web/page/views/talk/asked.ts';
import { entriesOf, groups } from '../../src/web/page/views/talk/emoji-names.ts';

test('the server takes every emoji that the picker offers, and each has words', () => {
  for (const { emoji, words } of groups.flatMap(entriesOf)) {
    expect([emoji, isUnicodeEmoji(emoji), words !== '']).toEqual([emoji, true, true]);
  }
});

test('no group of the picker offers an emoji twice', () => {
  for (const group of groups) {
    const emojis = entriesOf(group).map(({ emoji }) => emoji);
    expect(new Set(emojis).size).toBe(emojis.length);
  }
});

test('what is asked for stands right before the caret, after a space or at the beginning', () => {
  expect(askedAt('hi @an', 6)).toEqual({ sign: '@', word: 'an', from: 3 });
  expect(askedAt('#', 1)).toEqual({ sign: '#', word: '', from: 0 });
  expect(askedAt('(:par', 5)).toEqual({ sign: ':', word: 'par', from: 1 });
  expect(askedAt('@anna hello', 3)).toEqual({ sign: '@', word: 'an', from: 0 });
});

test('addresses, smileys and finished words ask for nothing', () => {
  for (const text of ['anna@example', ':)', ':D', '@anna ', 'https://x', 'a:bc']) {
    expect(askedAt(text, text.length)).toBeNull();
  }
});
