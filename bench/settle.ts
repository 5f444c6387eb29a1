// Waits until a server has nothing left to do beside requests, such as merging its index.
import { watchCpu } from './machine';

const LOOK_MS = 500;
/** A share of one core below which it counts as quiet. */
const QUIET = 0.03;
const LIMIT_MS = 120_000;

export async function settle(pid: number): Promise<void> {
  for (let waited = 0; waited < LIMIT_MS; waited += LOOK_MS) {
    const used = watchCpu(pid);
    await Bun.sleep(LOOK_MS);
    if (used() < (QUIET * LOOK_MS) / 1000) return;
  }
  throw new Error('the server does not come to rest');
}
