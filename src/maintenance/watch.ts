// What a command of the operator says while it works, and how it is stopped.

/** The command has failed; the message is one line for the operator. */
export class Failure extends Error {}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const every_ms = 100;

/** Tells a terminal how far the work is, and notices signals between its steps. */
export class Watch {
  #signal: string | null = null;
  #shown_ms = 0;
  #isShowing = false;

  /** From here on a signal ends the work at its next step, not the process. */
  listen(): void {
    for (const signal of signals) process.on(signal, () => (this.#signal = signal));
  }

  /** Says a result, on standard output. */
  say(line: string): void {
    this.#clear();
    console.log(line);
  }

  /** Says what the operator should know besides, on standard error. */
  warn(line: string): void {
    this.#clear();
    console.error(`accord: ${line}`);
  }

  /** Shows what begins now, if somebody looks at a terminal. Throws a Failure if it was stopped. */
  async step(doing: string): Promise<void> {
    this.#show(doing);
    await this.rest();
  }

  /** Shows a number now and then; otherwise as `step`. */
  async count(doing: string, done: number, of?: number): Promise<void> {
    if (performance.now() - this.#shown_ms < every_ms) return;
    await this.step(`${doing}: ${done}${of === undefined ? '' : ` of ${of}`}`);
  }

  /** Lets signals come in. Throws a Failure if there was one. */
  async rest(): Promise<void> {
    await new Promise((resolve) => void setImmediate(resolve));
    if (this.#signal !== null) throw new Failure(`stopped by ${this.#signal}`);
  }

  /** Removes what was shown last. */
  end(): void {
    this.#clear();
  }

  #show(text: string): void {
    this.#shown_ms = performance.now();
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\x1b[K${text}…`);
    this.#isShowing = true;
  }

  #clear(): void {
    if (this.#isShowing) process.stderr.write('\r\x1b[K');
    this.#isShowing = false;
  }
}

/** A size for people: `312 MB`. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [n, unit] = [bytes, 0];
  for (; n >= 1000 && unit < units.length - 1; unit += 1) n /= 1000;
  return `${n < 10 && unit > 0 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** `1 file`, `2 files`. */
export const some = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
