import { createDecipheriv, createHash } from 'node:crypto';
import { expect, test } from 'bun:test';
import { isSealed, seal, unseal } from '../../src/lib/sealed-text.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test('a text comes back with its passphrase alone, and looks different each time', () => {
  const sealed = Array.from({ length: 20 }, () => seal(secret, 'a key'));
  expect(new Set(sealed).size).toBe(20);
  for (const one of sealed) {
    expect(one).toMatch(/^enc:[0-9a-f]{24}:[0-9a-f]{96}$/);
    expect(isSealed(one)).toBe(true);
    expect(unseal(one, 'a key')).toBe(secret);
    expect(unseal(one, 'a kez')).toBeNull();
  }
  expect(unseal(seal('', 'ключ'), 'ключ')).toBe('');
  expect(isSealed(secret)).toBe(false);
});

test('others who know the form can read it: AES-256-GCM under the SHA-256 of the passphrase', () => {
  const [, nonce = '', rest = ''] = seal(secret, 'a key').split(':');
  const key = createHash('sha256').update('a key').digest();
  const opening = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'hex'));
  opening.setAuthTag(Buffer.from(rest.slice(-32), 'hex'));
  const text = opening.update(Buffer.from(rest.slice(0, -32), 'hex'));
  expect(Buffer.concat([text, opening.final()]).toString()).toBe(secret);
});

test('what was changed or cut is no text', () => {
  const sealed = seal(secret, 'a key');
  for (const at of [4, 10, 30, 60, sealed.length - 1]) {
    const digit = sealed[at] === '0' ? '1' : '0';
    expect(unseal(sealed.slice(0, at) + digit + sealed.slice(at + 1), 'a key')).toBeNull();
  }
  for (const broken of ['', 'enc:', 'enc::', sealed.slice(0, -1), sealed.slice(0, 40), secret]) {
    expect(unseal(broken, 'a key')).toBeNull();
  }
});
