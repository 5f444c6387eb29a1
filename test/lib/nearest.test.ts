import { expect, test } from 'bun:test';
import { misspelt, nearest } from '../../src/lib/nearest.ts';

const names = ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'RATE_LIMIT_PER_MINUTE', 'TRUSTED_PROXIES'];

test.each([
  ['port', 'PORT'],
  ['PROT', 'PORT'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['LOG-LEVEL', 'LOG_LEVEL'],
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['RATE_LIMIT_PER_MIN', 'RATE_LIMIT_PER_MINUTE'],
  ['RATE_LIMIT_PER_SECOND', 'RATE_LIMIT_PER_MINUTE'],
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['TRUSTED_PROXEIS', 'TRUSTED_PROXIES'],
])('%s is a misspelling of %s', (given, meant) => {
  expect(misspelt(given, names)).toBe(meant);
});

test.each(['PATH', 'HOST', 'PORT1', 'PWD', 'LOG_FILE', 'DATABASE_HOST', 'DATABASE_USER', 'TERM'])(
  '%s is a name of its own',
  (given) => {
    expect(misspelt(given, names)).toBe(null);
  },
);

test('the nearest name may be further off, but not like nothing', () => {
  expect(nearest('RATE_MINUTE', names)).toBe('RATE_LIMIT_PER_MINUTE');
  expect(nearest('XYZ', names)).toBe(null);
});
