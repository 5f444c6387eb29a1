// The line in which searches wait: one after the other, with time for everybody else between them.
import type { App, StateName } from '../../../app.ts';

const line: StateName<{ last: Promise<void> }> = {
  create: () => ({ last: Promise.resolve() }),
};

/**
 * Waits for the searches before this one, and for what has come in meanwhile. A search holds the
 * thread until it is done; many that came together would hold it as long as all of them take.
 */
export function inLine(app: App): Promise<void> {
  const state = app.state(line);
  state.last = state.last.then(() => new Promise<void>((resolve) => void setImmediate(resolve)));
  return state.last;
}
