// The commands that come before there is a session: read at once, so that only little is kept.
import { readCommand, type Command, type Order } from './command.ts';

/** How many commands may wait until a handshake is done: a replay can last for long. */
export const maxEarly = 32;

export class EarlyOrders {
  /** The last PRESENCE_UPDATE from before IDENTIFY or RESUME. */
  #presence: Order | null = null;
  /** Commands that came while IDENTIFY or RESUME was under way. */
  #waiting: Order[] = [];

  /** The presence that was chosen before IDENTIFY; undefined if there is none. */
  get presence(): unknown {
    return this.#presence?.data;
  }

  /** Keeps a command from before the handshake, if it is one whose last one counts. */
  before(command: Command, given: unknown): void {
    // The Godot client sends its presence first when the saved status is not online.
    if (command.before_identify !== 'presence') return;
    this.#presence = readCommand(command, given) ?? this.#presence;
  }

  /** Keeps a command until the handshake is done; false if too many wait. */
  meanwhile(command: Command | undefined, given: unknown): boolean {
    if (this.#waiting.length >= maxEarly) return false;
    const order = command && readCommand(command, given);
    if (order) this.#waiting.push(order);
    return true;
  }

  /** Returns what is to be run now; `resumed`: IDENTIFY did not take the presence. */
  take({ resumed }: { resumed: boolean }): Order[] {
    const orders = this.#waiting;
    if (resumed && this.#presence !== null) orders.unshift(this.#presence);
    this.#waiting = [];
    this.#presence = null;
    return orders;
  }
}
