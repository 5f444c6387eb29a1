// What an event changes on the shelves: one function for each type of event.
import type { Shelves } from '../shelves.ts';
import type { DataOf, Heard } from '../wire.ts';

/** How an event came. */
export interface How {
  /** Whether RESUME brought it. */
  readonly isReplayed: boolean;
}

export type Handlers = {
  readonly [T in Heard['type']]?: (shelves: Shelves, data: DataOf<T>, how: How) => void;
};
