// Codes of authenticator apps: the numbers of RFC 6238 and RFC 4648, and what apps read from a QR code.
import { expect, test } from 'bun:test';
import { newSecret, stepAt, stepOf, uriOf } from '../../src/lib/one-time-code.ts';

/** The ASCII digits `12345678901234567890` of RFC 6238, in Base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** Appendix B of RFC 6238 for SHA-1, of whose eight digits apps show the last six. */
const vectors: [at_s: number, code: string][] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];

test.each(vectors)(
  'at %d s the code is the end of %s, and so it is a step before and after',
  (at_s, code) => {
    const shown = code.slice(2);
    const at_ms = at_s * 1_000;
    const step = Math.floor(at_s / 30);
    expect(stepAt(at_ms)).toBe(step);
    for (const shift_ms of [-30_000, 0, 30_000]) {
      expect(stepOf(secret, shown, at_ms + shift_ms)).toBe(step);
    }
    for (const shift_ms of [-60_000, 60_000]) {
      expect(stepOf(secret, shown, at_ms + shift_ms)).toBeNull();
    }
    expect(stepOf(secret, String((Number(shown) + 1) % 1e6).padStart(6, '0'), at_ms)).toBeNull();
  },
);

test('only six digits are a code', () => {
  for (const code of ['', '28708', '0287082', '94287082', '28708a', '２８７０８２', ' 287082']) {
    expect(stepOf(secret, code, 59_000)).toBeNull();
  }
});

test('a secret has 160 random bits as 32 characters, and stands in the address with what apps need', () => {
  const secrets = Array.from({ length: 50 }, newSecret);
  expect(new Set(secrets).size).toBe(50);
  for (const one of secrets) expect(one).toMatch(/^[A-Z2-7]{32}$/);
  expect(uriOf(secret, { issuer: 'Accord', name: 'anna.b' })).toBe(
    `otpauth://totp/Accord:anna.b?secret=${secret}&issuer=Accord&algorithm=SHA1&digits=6&period=30`,
  );
  expect(uriOf(secret, { issuer: 'Accord', name: 'a b&c' })).toStartWith(
    'otpauth://totp/Accord:a%20b%26c?secret=',
  );
});
