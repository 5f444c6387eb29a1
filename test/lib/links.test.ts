// Which addresses in a message get a preview.
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { findLinks } from '../../src/lib/links.ts';
import { megabyteOf } from '../support/megabyte.ts';

describe('the links of a message', () => {
  const links = (text: string) => findLinks(text, 5);

  test('are found in order, each once, up to the maximum', () => {
    const text = 'http://a.test https://b.test/x?y=z#w HTTP://C.test http://a.test';
    expect(links(text)).toEqual(['http://a.test', 'https://b.test/x?y=z#w', 'HTTP://C.test']);
    expect(findLinks(text, 2)).toEqual(['http://a.test', 'https://b.test/x?y=z#w']);
    expect(findLinks(text, 0)).toEqual([]);
  });

  const written: [text: string, link: string][] = [
    ['(see http://a.test/b).', 'http://a.test/b'],
    ['http://a.test/wiki/X_(Y)', 'http://a.test/wiki/X_(Y)'],
    ['(http://a.test/wiki/X_(Y))', 'http://a.test/wiki/X_(Y)'],
    ['[text](https://a.test/b)', 'https://a.test/b'],
    ['**http://a.test/b**, or', 'http://a.test/b'],
    ['"http://a.test/b"', 'http://a.test/b'],
    ['見てhttps://a.test/あ。次', 'https://a.test/あ'],
    ['http://archive.test/http://a.test/', 'http://archive.test/http://a.test/'],
    ['1 <2 http://a.test/b 3> 2', 'http://a.test/b'],
    ['it`s\nhttp://a.test/b\ndon`t', 'http://a.test/b'],
    ['``` http://a.test/b', 'http://a.test/b'],
    ['`code` http://a.test/b `code`', 'http://a.test/b'],
    ['http://a.test/b!?', 'http://a.test/b'],
    ['http://a.test/b\u202E', 'http://a.test/b'],
  ];
  test.each(written)('in %p are %p', (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  const ignored = [
    '<http://a.test/b>',
    '[text](<http://a.test/b>)',
    '`http://a.test/b`',
    '``a ` http://a.test/b``',
    '```js\nhttp://a.test/b\n```',
    '````\n```\nhttp://a.test/b\n```\n````',
    '~~~\nhttp://a.test/b\n~~~',
    'http://localhost/ http://router',
    'http://user:word@a.test/',
    'ftp://a.test/ mailto:a@a.test xhttp://a.test www.a.test',
    'http:// https://. http://.. http://[ http://a.test:99999/',
  ];
  test.each(ignored)('do not include %p', (text) => {
    expect(links(text)).toEqual([]);
  });

  test('are no longer than a browser takes them', () => {
    expect(links(`http://a.test/${'x'.repeat(3000)} http://b.test`)).toEqual(['http://b.test']);
  });

  test('with thousands of brackets lose those that they did not open', () => {
    const [opened, closed] = ['('.repeat(900), ')'.repeat(900)];
    expect(links(`http://a.b/${opened}${closed}`)).toEqual([`http://a.b/${opened}${closed}`]);
    expect(links(`http://a.b/${opened}${closed})))`)).toEqual([`http://a.b/${opened}${closed}`]);
    expect(links(`http://a.b/x${closed}`)).toEqual(['http://a.b/x']);
    // What is longer than a link can be is cut before its brackets are looked at.
    expect(links(`http://a.b/x${')'.repeat(3980)}`)).toEqual(['http://a.b/x']);
  });

  test.each([
    '`a\n',
    '`a``b',
    '`` ` ',
    '~~~\n',
    '~~~ \n~~~~\n',
    '<http:',
    'http://x ',
    ')',
    '(',
    '.)',
    '`',
  ])('a megabyte of %j comes to its end', (piece) => {
    expect(links(`http://a.b/x ${megabyteOf(piece)}`)).toEqual(['http://a.b/x']);
    const runs = Array.from({ length: 300 }, (_, n) => '`'.repeat(n + 1)).join(piece);
    expect(links(`http://a.b/x ${megabyteOf(runs)}`)).toEqual(['http://a.b/x']);
  });

  /** What is code by the definition, in one pattern. */
  const code = /(?<!`)(?:(`{1,2})(?!`).*?(?<!`)\1(?!`)|(`{3,})(?!`)[^]*?(?<!`)\2(?!`))/g;

  test('in code are left out, as its definition says', () => {
    const pieces = fc.constantFrom('`', '``', '```', '````', '\n', ' ', 'a', '\u2028');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (some) => {
        // A link between all of them.
        const text = some.map((one, n) => `${one} http://a${n}.b `).join('');
        // Quotes that are left quote nothing.
        const plain = text.replace(code, ' ').replaceAll('`', ' ');
        expect(findLinks(text, 100)).toEqual(findLinks(plain, 100));
      }),
      { numRuns: 500 },
    );
  });

  test('are found in any text without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        links(`http://a.test/${text} http://${text}`);
      }),
    );
  });
});
