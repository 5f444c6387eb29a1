// What a file is, told by its bytes: nothing that can run script may ever be shown inline.
import { describe, expect, spyOn, test } from 'bun:test';
import { declaredContentType, detectContentType, mayBeInline } from '../../src/lib/content-type.ts';

const hex = (digits: string, padding = 100) =>
  Buffer.concat([Buffer.from(digits, 'hex'), Buffer.alloc(padding)]);
const latin = (text: string, padding = 100) =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(padding)]);

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const jpeg = await new Bun.Image(png).jpeg().bytes();
const webp = await new Bun.Image(png).webp().bytes();
const animation = Buffer.concat([
  png.subarray(0, 33),
  hex('000000086163544c', 12),
  png.subarray(33),
]);
const webm = '1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878102428581021853806701';

const detect = (bytes: Uint8Array | string) =>
  detectContentType(new Blob([new Uint8Array(Buffer.from(bytes))]));

describe('what may be shown', () => {
  test.each([
    ['image/png', png],
    ['image/png', animation],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
    ['image/gif', latin('GIF89a')],
    ['image/avif', hex('0000002066747970617669660000000061766966')],
    ['image/bmp', latin('BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0')],
    ['audio/ogg', latin(`OggS${'\0'.repeat(24)}OpusHead`)],
    ['audio/wav', latin('RIFF\x24\0\0\0WAVEfmt ')],
    ['audio/flac', latin('fLaC')],
    ['audio/mp4', hex('00000020667479704d344120000000006d70343269736f6d')],
    ['audio/mpeg', Buffer.concat([latin('ID3\x03\0\0\0\x10\0\0', 262_144), hex('fffb9064', 1000)])],
    ['video/mp4', hex('00000020667479706d703432000000006d70343269736f6d')],
    ['video/webm', hex(webm)],
  ])('%s is known by its bytes', async (type, bytes) => {
    expect(await detect(bytes)).toBe(type);
    expect(mayBeInline(type)).toBe(true);
  });
});

describe('what must not be shown', () => {
  test.each([
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['XML', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
    ['a PDF', '%PDF-1.4'],
    ['a script', '#!/bin/sh'],
    ['text', 'hello'],
    ['a text on BMWs', 'BMW makes cars, and this is a text about them.'],
    ['a program', '\x7FELF\x02\x01\x01'],
    ['nothing', ''],
  ])('%s', async (_what, content) => {
    const type = await detect(Buffer.from(content, 'latin1'));
    expect(type === undefined || !mayBeInline(type)).toBe(true);
  });

  test('HTML, SVG, XML and PDF by any spelling', () => {
    const types = ['text/html', 'image/svg+xml', 'application/xml', 'application/pdf', 'IMAGE/PNG'];
    expect(types.filter(mayBeInline)).toEqual([]);
  });
});

test('bytes after a known head never make the detection throw', async () => {
  const heads = [
    'ffd8ff',
    '89504e470d0a1a0a',
    '52494646',
    '504b0304',
    '1a45dfa3',
    '4f676753',
    '494433',
  ];
  for (const head of heads) {
    for (let length = 0; length < 40; length += 1) {
      await detect(Buffer.concat([hex(head, 0), crypto.getRandomValues(Buffer.alloc(length * 7))]));
    }
  }
});

test('a large file is judged without being read whole', async () => {
  const file = new Blob([latin('ID3\x03\0\0\x7F\x7F\x7F\x7F', 20_000_000)]);
  let read_bytes = 0;
  const slice = file.slice.bind(file);
  file.slice = (...where) => {
    const part = slice(...where);
    read_bytes += part.size;
    return part;
  };
  const whole = spyOn(file, 'stream');
  await detectContentType(file);
  expect(whole).not.toHaveBeenCalled();
  expect(read_bytes).toBeGreaterThan(0);
  expect(read_bytes).toBeLessThan(100_000);
});

test('a declared type is kept without its parameters, or not at all', () => {
  expect(declaredContentType('Text/Plain; charset=utf-8')).toBe('text/plain');
  expect(declaredContentType('application/vnd.api+json')).toBe('application/vnd.api+json');
  for (const wrong of [null, undefined, '', 'text', 'text/', 'a b/c', 'text/<script>', 'a/b\nc']) {
    expect(declaredContentType(wrong)).toBeUndefined();
  }
});
