import { expect, test } from 'bun:test';
import { LateText, PiecedText } from '../../src/lib/late-text.ts';

const decoded = (text: PiecedText) => new TextDecoder().decode(text.inOne());

test('a text in pieces is written in UTF-8, whatever its letters are', () => {
  const pieces = ['plain ', 'é', new LateText(1, () => '日本'), ' 🎉'];
  expect(decoded(new PiecedText(pieces))).toBe('plain é日本 🎉');
  expect(decoded(new PiecedText([]))).toBe('');
});

test('one that is longer than it said is written whole all the same', () => {
  const long = '日'.repeat(400_000);
  expect(decoded(new PiecedText(['[', new LateText(1, () => long), ']']))).toBe(`[${long}]`);
});

test('what was made of the bytes stays when the next text is written', async () => {
  const bytes = new PiecedText(['first']).inOne();
  const [response, blob] = [new Response(bytes), new Blob([bytes])];
  new PiecedText(['other']).inOne();
  expect([await response.text(), await blob.text()]).toEqual(['first', 'first']);
});
