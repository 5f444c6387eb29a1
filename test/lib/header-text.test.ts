import { expect, test } from 'bun:test';
import { headerText } from '../../src/lib/header-text.ts';

/** As HTTP hands over the bytes of a text. */
const bytes = (text: string) => Buffer.from(text).toString('latin1');

test('a header is percent-encoded UTF-8, or UTF-8 as it is', () => {
  expect(headerText('')).toBe('');
  expect(headerText('plain text; no=code')).toBe('plain text; no=code');
  expect(headerText('%C3%a4%20%F0%9F%93%A2+%25')).toBe('ä 📢+%');
  expect(headerText(bytes('ä 📢'))).toBe('ä 📢');
  expect(headerText(bytes('ä%C3%A4'))).toBe('ää');
  expect(headerText(encodeURIComponent('a\nb%c'))).toBe('a\nb%c');
});

test('what is neither is nothing', () => {
  for (const value of ['%', '100% sure', '%4', '%zz', '%FF', '%C3', '\xe4', '%ED%A0%80']) {
    expect([value, headerText(value)]).toEqual([value, null]);
  }
});
