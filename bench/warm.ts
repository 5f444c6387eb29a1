// Warms a program up: cold code takes twice as long, and compiling it takes as much again.
import { watchCpu } from './machine';

const STEP_MS = 500;
/** The threads that compile, as JavaScriptCore names them. */
const COMPILERS = 'JITWorker';
/** Compilers that take a smaller share of what a program uses rest. */
const REST = 0.03;
/** Now and then they rest for a moment, and go on. */
const RESTS = 3;
const LIMIT_MS = 45_000;

/** Longest time that `warmUp` takes, beside its last step. */
export const WARM_UP_MS = LIMIT_MS;

/** Waits until the compilers of a program rest under a load; `step` goes on with the load for a moment. */
export async function warmUp(
  pid: number,
  step: () => Promise<unknown> = () => Bun.sleep(STEP_MS),
): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  for (let rests = 0; rests < RESTS && performance.now() < until;) {
    const all = watchCpu(pid);
    const compilers = watchCpu(pid, COMPILERS);
    await step();
    rests = compilers() < all() * REST ? rests + 1 : 0;
  }
}
