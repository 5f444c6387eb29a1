// Which rings RESUME replays: what was cancelled or ended follows in order, and old ones are left out.
import type { App } from '../../../app.ts';
import { eventFrame } from '../../../events/event.ts';
import type { Stored } from '../../../events/log.ts';
import { callRang } from './events.ts';

/** So long after it was told a ring is replayed: as long as clients let it ring, and longer. */
export const freshFor_ms = 60_000;

const ringBegins = eventFrame(callRang.type, null, '').replace(/"data".*/, '');

/** Returns logged events without the rings that are over by their age. */
export function withoutOldRings(
  { clock }: App,
  _user_id: string,
  events: readonly Stored[],
): readonly Stored[] {
  const since = clock.steady() - freshFor_ms;
  return events.filter(({ frame, at }) => at >= since || !frame.startsWith(ringBegins));
}
