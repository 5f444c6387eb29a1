// The state of a client: READY, and every event since.
import { emojiHandlers } from './heard/emojis.ts';
import { callHandlers } from './heard/calls.ts';
import type { Handlers } from './heard/handlers.ts';
import { homeHandlers } from './heard/home.ts';
import { messageHandlers } from './heard/messages.ts';
import { peopleHandlers } from './heard/people.ts';
import { spaceHandlers } from './heard/spaces.ts';
import { Shelves } from './shelves.ts';
import type { Heard } from './wire.ts';

const everyone: readonly Handlers[] = [
  spaceHandlers,
  peopleHandlers,
  messageHandlers,
  homeHandlers,
  emojiHandlers,
  callHandlers,
];

export class State extends Shelves {
  /** Takes an event in; `isReplayed`: RESUME brought it. */
  apply(event: Heard, isReplayed = false): void {
    for (const handlers of everyone) {
      // The type of an event names its handler, so that both have the same data.
      const handler = handlers[event.type] as
        | ((state: Shelves, data: unknown, how: { isReplayed: boolean }) => void)
        | undefined;
      handler?.(this, event.data, { isReplayed });
    }
  }
}
