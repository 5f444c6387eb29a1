import { expect, test } from 'bun:test';
import { createLossyLines } from '../../src/lib/lossy-lines.ts';

/** A stream that takes, fails, or keeps waiting. */
function stream() {
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  let mode: 'takes' | 'fails' | 'throws' | 'waits' = 'takes';
  const lines = createLossyLines(
    {
      on: () => {},
      write(text, done) {
        if (mode === 'throws') throw new Error('EPIPE');
        if (mode === 'fails') return done(new Error('ENOSPC'));
        written.push(text);
        if (mode === 'waits') waiting.push(() => done(null));
        else done(null);
      },
    },
    { max_waiting_bytes: 100, lost: (count) => `lost ${count}\n` },
  );
  return {
    lines,
    written,
    goes: (next: typeof mode) => void (mode = next),
    reads: () => {
      for (const done of waiting.splice(0)) done();
    },
  };
}

for (const how of ['fails', 'throws'] as const) {
  test(`lines that a stream which ${how} does not take are counted, and told with the next one`, () => {
    const { lines, written, goes } = stream();
    lines.write('a\n');
    goes(how);
    for (const line of ['b\n', 'c\n', 'd\n']) lines.write(line);
    goes('takes');
    lines.write('e\n');
    lines.write('f\n');
    // What failed may have left half a line, so the next text begins a new one.
    expect(written).toEqual(['a\n', '\nlost 3\ne\n', 'f\n']);
  });
}

test('a stream that nobody reads keeps a bounded amount; what was lost is told when it is read', async () => {
  const { lines, written, goes, reads } = stream();
  goes('waits');
  const line = `${'x'.repeat(29)}\n`;
  for (let n = 0; n < 1000; n += 1) lines.write(line);
  expect(written).toEqual([line, line, line]);
  const began = performance.now();
  await lines.flushed(50);
  expect(performance.now() - began).toBeGreaterThan(40);
  goes('takes');
  reads();
  expect(written.slice(3)).toEqual(['lost 997\n']);
  await lines.flushed(60_000);
});

test('a line that is longer than what may wait is written when nothing waits', () => {
  const { lines, written } = stream();
  lines.write('x'.repeat(1000));
  expect(written).toHaveLength(1);
});
