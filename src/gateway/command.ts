// A command is a value: what a client may send over the socket, who may send it and when, and what it does.
import type { z } from 'zod';
import { callerOf } from '../access/guests.ts';
import { refuseOutsiders, type Rule } from '../access/rules.ts';
import type { App } from '../app.ts';
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

/** The fields of the data that a rule can read. */
type Named<D, Given> = { [K in keyof D & string]: D[K] extends Given ? K : never }[keyof D &
  string];

interface Said<S extends z.ZodType, R> {
  readonly op: number;
  /** In the protocol's spelling, such as `PRESENCE_UPDATE`. */
  readonly name: string;
  readonly summary: string;
  /** Before IDENTIFY it is ignored; or the last one counts as that field of IDENTIFY, and is taken after RESUME. */
  readonly before_identify: 'ignored' | 'presence';
  readonly data: S;
  /** Who may send it, and what that grants to `run`. */
  readonly access: R;
}

/** What `run` gets; `again` asks the rule again later, null: refused by then. */
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
  /** In the tick in which the rule was asked. */
  run(input: Input<S, NoInfer<G>>): void;
}

/** A command as the engine sees it. */
export interface Command extends Said<z.ZodType, Rule<string, object>> {
  run(input: object): void;
}

/** Declares a command. Without an access rule, or with one that reads what the data lack, it does not compile. */
export function command<
  S extends z.ZodType,
  N extends Named<z.output<S>, V>,
  G extends object,
  V = string,
>(declaration: Declaration<S, N, G, V>): Command {
  // The types were checked above; from here on the engine hands over what they ask for.
  return declaration as unknown as Command;
}

/** When it may be sent, in words. */
export function stageOf({ before_identify: early }: Command): string {
  return early === 'ignored' ? 'in a session' : `in a session, or before IDENTIFY as its ${early}`;
}

/** Runs what a client sent in a session. Refusals are silent; data that do not fit are ignored. */
export function runCommand(command: Command, app: App, session: Session, given: unknown): void {
  const { access } = command;
  const { success, data } = command.data.safeParse(given);
  if (!success) return;
  const again = (): object | null => {
    try {
      const viewer = callerOf(app, session);
      refuseOutsiders(access, viewer);
      return access.grant({ app, viewer, params: data as Record<string, string> });
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  };
  const granted = again();
  if (granted !== null) command.run({ ...granted, app, session, data, again });
}
