// Images inside JSON: what is read, and what each wrong one is told.
import { describe, expect, test } from 'bun:test';
import { DataUriFailure, parseImageDataUri } from '../../src/lib/data-uri.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const jpeg = Buffer.from(await new Bun.Image(png).jpeg().bytes());
const webp = Buffer.from(await new Bun.Image(png).webp().bytes());
const gif = Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1');

const uri = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`;

async function reason(text: string, maxBytes = 1000): Promise<string> {
  try {
    await parseImageDataUri(text, maxBytes);
    return 'none';
  } catch (error) {
    return error instanceof DataUriFailure ? error.reason : String(error);
  }
}

describe('a data URI', () => {
  test.each([
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
    ['image/gif', gif],
  ])('of type %s is read', async (type, bytes) => {
    const image = await parseImageDataUri(uri(type, bytes), 1000);
    expect(image.type as string).toBe(type);
    expect(Buffer.compare(image.bytes, bytes)).toBe(0);
  });

  test('may be broken into lines and lack its padding', async () => {
    const data = png.toString('base64').replaceAll('=', '');
    const lines = data.replace(/.{20}/g, '$&\r\n').replace(/.{7}/g, '$& ');
    const image = await parseImageDataUri(`data:image/png;base64,${lines}`, 1000);
    expect(Buffer.compare(image.bytes, png)).toBe(0);
  });

  test.each(['', 'cdn/a.png', '/cdn/avatars/1.png', 'data:image/png,abc', 'http://a/;base64,abc'])(
    'is not %j',
    async (text) => expect(await reason(text)).toBe('not_a_data_uri'),
  );

  test.each(['text/html', 'image/svg+xml', 'image/PNG', 'image/png;x=y', '', 'image/jpg'])(
    'of type %j is refused',
    async (type) => expect(await reason(uri(type, png))).toBe('wrong_type'),
  );

  test.each(['iVBORw0KG', 'iVBO!w0K', 'iVBOR-_0', 'ä'])(
    'with the data %s is refused',
    async (data) => {
      expect(await reason(`data:image/png;base64,${data}`)).toBe('bad_base64');
    },
  );

  test('may be as large as the limit and not a byte larger', async () => {
    for (const length of [998, 999, 1000]) {
      expect(
        await reason(uri('image/gif', Buffer.concat([gif, Buffer.alloc(length - gif.length)]))),
      ).toBe('none');
    }
    for (const length of [1001, 1002, 1003, 1_000_000]) {
      expect(await reason(uri('image/gif', Buffer.alloc(length)))).toBe('too_large');
    }
  });

  test('is what its bytes are, since clients state the type of the file name', async () => {
    const image = await parseImageDataUri(uri('image/png', jpeg), 1000);
    expect(image.type).toBe('image/jpeg');
  });

  test('must hold an image', async () => {
    expect(await reason(uri('image/png', Buffer.from('<script>')))).toBe('wrong_content');
    expect(await reason('data:image/png;base64,')).toBe('wrong_content');
  });
});
