// Writes lines to a stream that may be full, closed or not read: never throws, never waits, keeps little.

/** A writable stream, such as standard error. */
export interface LineStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', heard: (error: Error) => void): unknown;
}

export interface LossyLines {
  /** Writes a line, which ends with a line feed, or counts it as lost. */
  write(line: string): void;
  /** Resolves when nothing waits to be written, or after `within_ms`. */
  flushed(within_ms: number): Promise<void>;
}

interface Options {
  /** What may wait for its reader; lines beyond that are lost. */
  max_waiting_bytes: number;
  /** Makes the line that says how many lines were lost; it goes before the next one that is kept. */
  lost(lines: number): string;
}

export function createLossyLines(
  stream: LineStream,
  { max_waiting_bytes, lost }: Options,
): LossyLines {
  let waiting_bytes = 0;
  let lost_lines = 0;
  let isFull = false;
  let isTorn = false;
  // Without a listener, an error of the stream would end the process.
  stream.on('error', ignore);

  function write(line: string): void {
    isFull = waiting_bytes + line.length > (isFull ? max_waiting_bytes / 2 : max_waiting_bytes);
    if (isFull && waiting_bytes > 0) lost_lines += 1;
    else send(line, 1);
  }

  /** Sends lines, after one that says how many were lost before them, if any were. */
  function send(text: string, lines: number): void {
    const told = lost_lines;
    lost_lines = 0;
    // What failed may have left half a line.
    const all = `${isTorn ? '\n' : ''}${told === 0 ? '' : lost(told)}${text}`;
    const bytes = Buffer.byteLength(all);
    waiting_bytes += bytes;
    const done = once((error) => {
      waiting_bytes -= bytes;
      isTorn = error;
      if (error) lost_lines += told + lines;
      else if (lost_lines > 0 && waiting_bytes === 0) send('', 0);
    });
    try {
      stream.write(all, (error) => done(Boolean(error)));
    } catch {
      done(true);
    }
  }

  return {
    write,
    async flushed(within_ms) {
      const until = performance.now() + within_ms;
      while (waiting_bytes > 0 && performance.now() < until) await Bun.sleep(10);
    },
  };
}

/** One function, so that a stream needs to hear it once only. */
function ignore(): void {}

function once(run: (failed: boolean) => void): (failed: boolean) => void {
  let isDone = false;
  return (failed) => {
    if (isDone) return;
    isDone = true;
    run(failed);
  };
}
