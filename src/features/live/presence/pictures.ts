// Presences as READY and the event of presence show them, each written once.
import { eventFrame, jsonOf } from '../../../events/event.ts';
import { Written } from '../../../lib/written.ts';
import { presenceUpdated } from './events.ts';
import type { Presence } from './schema.ts';

interface PresencePicture {
  /** The entry of a list. */
  readonly entry: Written;
  /** The frame of `presence.update`. */
  readonly frame: string;
}

/** By the presence itself, which is another object as soon as anything of it changes. */
const pictures = new WeakMap<Presence, PresencePicture>();

export function presencePicture(checks: { strict: boolean }, presence: Presence): PresencePicture {
  let picture = pictures.get(presence);
  if (picture === undefined) {
    const json = jsonOf(checks, presenceUpdated, presence);
    const frame = eventFrame(presenceUpdated.type, null, json);
    picture = { entry: new Written(json), frame };
    pictures.set(presence, picture);
  }
  return picture;
}
