// A command is a value: its op and data, who may send it and when, and what it does.
import type { z } from 'zod';
import { callerOf } from '../access/guests.ts';
import type { Rule } from '../access/rules.ts';
import { grantOf, refuseAtDoor } from '../access/asking.ts';
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

/** The names of the data fields that a rule can read. */
type Named<D, Given> = { [K in keyof D & string]: D[K] extends Given ? K : never }[keyof D &
  string];

interface Said<S extends z.ZodType, R> {
  readonly op: number;
  /** The name in the protocol, such as `PRESENCE_UPDATE`. */
  readonly name: string;
  readonly summary: string;
  /** Before IDENTIFY: ignored, or the last one sets that field of IDENTIFY (runs after RESUME). */
  readonly before_identify: 'ignored' | 'presence';
  readonly data: S;
  /** The access rule; `run` gets its grant. */
  readonly access: R;
}

/** The input of `run`. `again` checks access again later; null if it is refused by then. */
type Input<S extends z.ZodType, G> = G & {
  app: App;
  session: Session;
  data: z.output<S>;
  again(): G | null;
};

interface Declaration<S extends z.ZodType, N extends Named<z.output<S>, V>, G, V> extends Said<
  S,
  Rule<N, G, V>
> {
  /** Runs in the same tick as the access check. */
  run(input: Input<S, NoInfer<G>>): void;
}

/** A command as the gateway sees it. */
export interface Command extends Said<z.ZodType, Rule<string, object>> {
  run(input: object): void;
}

/** Declares a command. It compiles only with an access rule that reads fields of its data. */
export function command<
  S extends z.ZodType,
  N extends Named<z.output<S>, V>,
  G extends object,
  V = string,
>(declaration: Declaration<S, N, G, V>): Command {
  // The types are checked above; the gateway passes what they declare.
  return declaration as unknown as Command;
}

/** Returns in words when the command may be sent. */
export function stageOf({ before_identify: early }: Command): string {
  return early === 'ignored' ? 'in a session' : `in a session, or before IDENTIFY as its ${early}`;
}

/** A command with its data, as the schema made it: bounded, whatever the client sent. */
export interface Order {
  readonly command: Command;
  readonly data: unknown;
}

/** Reads the data of a command; null if it is not valid, which is ignored silently. */
export function readCommand(command: Command, given: unknown): Order | null {
  const { success, data } = command.data.safeParse(given);
  return success ? { command, data } : null;
}

/** Runs a command from a session. Invalid data and a lack of access are ignored silently. */
export function runCommand(command: Command, app: App, session: Session, given: unknown): void {
  const order = readCommand(command, given);
  if (order !== null) runOrder(order, app, session);
}

/** Runs a command whose data was read already. A lack of access is ignored silently. */
export function runOrder({ command, data }: Order, app: App, session: Session): void {
  const again = (): object | null => {
    try {
      const viewer = callerOf(app, session);
      refuseAtDoor(command, viewer);
      return grantOf(command, { app, viewer, params: data as Record<string, string> });
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  };
  const granted = again();
  if (granted !== null) command.run({ ...granted, app, session, data, again });
}
