// QR codes: their shape, and two codes as a reader has read them.
import { expect, test } from 'bun:test';
import { qrCode } from '../../src/web/page/views/settings/qr.ts';

const drawn = (text: string) =>
  qrCode(text)?.map((row) => row.map((isDark) => (isDark ? '#' : '.')).join('')) ?? [];

const corner = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];

test('codes grow with their text, have three corners, and end where the text is too long', () => {
  const sizes = [1, 17, 30, 50, 70, 100, 130, 150, 180, 220, 260].map((length) => {
    const rows = drawn('a'.repeat(length));
    const [first, last] = [rows.slice(0, 7), rows.slice(-7)];
    expect(first.map((row) => row.slice(0, 7))).toEqual(corner);
    expect(first.map((row) => row.slice(-7))).toEqual(corner);
    expect(last.map((row) => row.slice(0, 7))).toEqual(corner);
    expect(rows.every((row) => row.length === rows.length)).toBe(true);
    return rows.length;
  });
  expect(sizes).toEqual([21, 25, 25, 29, 33, 37, 41, 45, 49, 53, 57]);
  expect(qrCode('a'.repeat(300))).toBeNull();
});

test('a code is the one that a reader could read', () => {
  const hash = (text: string) => Bun.hash(drawn(text).join('\n')).toString(36);
  expect(hash('a')).toBe('2xw8nlcneuiru');
  expect(hash(`otpauth://totp/Accord:anna?secret=${'ABCDEFGH'.repeat(4)}`)).toBe('2nbve55u5c20k');
  expect(hash('ä'.repeat(120))).toBe('muqzsu520mck');
});
