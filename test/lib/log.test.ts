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

test('a bound value with a line that looks like a frame is not logged either', () => {
  const failed = Object.assign(
    new Error('Failed query: insert …\nparams: see you\n  at my place'),
    {
      query: 'insert into messages values (?)',
      params: ['see you\n  at my place'],
    },
  );
  const text = linesOf('text', (log) => log.error({ err: failed }, 'it failed'));
  expect(text).toContain('log.test.ts');
  expect(text).not.toContain('at my place');
});

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

test('a failure of one kind is one line a minute, and the next says how many were like it', () => {
  const now = spyOn(performance, 'now').mockReturnValue(1_000);
  const failure = (code: string, message = 'it failed') =>
    Object.assign(new Error(message), { code });
  try {
    const text = linesOf('json', (log) => {
      for (let n = 0; n < 5; n += 1) {
        log.error(
          { err: failure('SQLITE_FULL', `statement ${n}`), request_id: `${n}` },
          'a request failed',
        );
      }
      log.error({ err: failure('SQLITE_BUSY') }, 'a request failed');
      log.error({ err: failure('SQLITE_FULL') }, 'a batch was lost');
      log.error({ err: new TypeError('this one') }, 'a request failed');
      log.error({ err: new TypeError('another place') }, 'a request failed');
      for (let n = 0; n < 5; n += 1) log.info({}, 'said each time');
      now.mockReturnValue(61_000);
      log.error({ err: failure('SQLITE_FULL'), request_id: 'next' }, 'a request failed');
    });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      lines
        .filter(({ level }) => level === 'ERROR')
        .map(({ message, properties }) => [
          message,
          properties.err.split('\n')[0],
          properties.others_like_it,
        ]),
    ).toEqual([
      ['a request failed', 'Error: statement 0', undefined],
      ['a request failed', 'Error: it failed', undefined],
      ['a batch was lost', 'Error: it failed', undefined],
      ['a request failed', 'TypeError: this one', undefined],
      ['a request failed', 'TypeError: another place', undefined],
      ['a request failed', 'Error: it failed', 4],
    ]);
    expect(lines.filter(({ message }) => message === 'said each time')).toHaveLength(5);
  } finally {
    now.mockRestore();
  }
});
