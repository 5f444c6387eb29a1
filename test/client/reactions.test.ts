import { expect, test } from 'bun:test';
import { emojiText, withoutReaction, withReaction } from '../../src/client/reactions.ts';

const own = { emoji: '👍', isOwn: true };
const others = { emoji: '👍', isOwn: false };

test('reactions are counted, and one knows which are one’s own', () => {
  const one = withReaction([], others);
  expect(one).toEqual([{ emoji: { id: null, name: '👍' }, count: 1, me: false }]);
  const two = withReaction(one, own);
  expect(two).toMatchObject([{ count: 2, me: true }]);
  expect(withoutReaction(two, others)).toMatchObject([{ count: 1, me: true }]);
  expect(withoutReaction(two, own)).toMatchObject([{ count: 1, me: false }]);
  expect(withoutReaction(one, others)).toEqual([]);
});

test('the last one of an emoji takes it away, and the others stay in their order', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((emoji) => ({ emoji, isOwn: false }));
  const all = [a, b, c].reduce(
    (list, deed) => withReaction(list, deed ?? others),
    withReaction([], own),
  );
  const left = withoutReaction(all, b ?? others);
  expect(left.map((one) => emojiText(one))).toEqual(['👍', 'a', 'c']);
});

test('an emoji of a space is told by its name and number', () => {
  const [one] = withReaction([], { emoji: 'party:123', isOwn: true });
  expect(one?.emoji).toBe('party:123');
});

test('where it was not told whose reactions there are, a reaction of somebody else tells nothing', () => {
  const vague = [{ emoji: { id: null, name: '👍' }, count: 2, me: null }];
  expect(withReaction(vague, others)).toMatchObject([{ count: 3, me: null }]);
  expect(withReaction(vague, own)).toMatchObject([{ count: 3, me: true }]);
});
