import { expect, spyOn, test } from 'bun:test';
import { createLog } from '../../src/log.ts';

function linesOf(
  format: 'text' | 'json',
  write: (log: ReturnType<typeof createLog>) => void,
  level: 'info' | 'error' = 'info',
) {
  const written = spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    write(createLog({ LOG_LEVEL: level, LOG_FORMAT: format }));
    return written.mock.calls.map(([line]) => String(line)).join('');
  } finally {
    written.mockRestore();
    createLog({ LOG_LEVEL: 'silent', LOG_FORMAT: 'text' });
  }
}

for (const format of ['text', 'json'] as const) {
  test(`a failed query is logged as ${format} without the values that were bound`, () => {
    const failed = Object.assign(new Error('Failed query: insert … params: top secret'), {
      query: 'insert into messages values (?)',
      params: ['top secret'],
      cause: new Error('disk I/O error'),
    });
    const text = linesOf(format, (log) =>
      log.error({ err: failed, request_id: 'r1' }, 'it failed'),
    );
    expect(text).toContain('it failed');
    expect(text).toContain('r1');
    expect(text).toContain('insert into messages values (?)');
    expect(text).toContain('disk I/O error');
    expect(text).not.toContain('top secret');
  });
}

test('lines below the level are not written', () => {
  expect(linesOf('json', (log) => log.debug({ a: 1 }, 'no'))).toBe('');
});

test('a notice is written whatever the level, once, in the format of the log', () => {
  const notice = (level: 'info' | 'error') =>
    linesOf('json', (log) => log.notice({ code: 'abc' }, 'come in'), level);
  for (const level of ['info', 'error'] as const) {
    expect(JSON.parse(notice(level))).toMatchObject({
      message: 'come in',
      properties: { code: 'abc' },
    });
  }
});

test('a line of JSON is one object with its fields', () => {
  const text = linesOf('json', (log) => log.info({ user_id: '7' }, 'hello {there}'));
  expect(JSON.parse(text)).toMatchObject({
    level: 'INFO',
    message: 'hello {there}',
    properties: { user_id: '7' },
  });
});
