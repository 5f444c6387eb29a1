// Discs as PNG images: other programs can read them.
import { expect, test } from 'bun:test';
import { disc } from '../../src/lib/png.ts';

test('a disc is an image that decodes whole', async () => {
  const drawn = disc(64, 0x336699);
  expect(await new Bun.Image(drawn).metadata()).toMatchObject({
    width: 64,
    height: 64,
    format: 'png',
  });
  const smaller = await new Bun.Image(drawn).resize(16, 16).png().bytes();
  expect(await new Bun.Image(smaller).metadata()).toMatchObject({ width: 16, height: 16 });
});

test('a picture that is cut short does not, so that the test above says something', async () => {
  const drawn = disc(64, 0x336699);
  const cut = new Bun.Image(drawn.subarray(0, drawn.length - 40)).resize(16, 16).png().bytes();
  expect(await cut.then(() => 'decoded').catch(() => 'refused')).toBe('refused');
});
