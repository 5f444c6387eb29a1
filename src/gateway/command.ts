// A command is a value: what a client may send over the socket once it is identified.
import type { z } from 'zod';
import type { App } from '../app.ts';
import type { Session } from './session.ts';

interface Declaration<S extends z.ZodType> {
  op: number;
  /** In the protocol's spelling, such as `PRESENCE_UPDATE`. */
  name: string;
  summary: string;
  data: S;
  /** Failures are silent: what may not be done is not done. */
  run(input: { app: App; session: Session; data: z.output<S> }): void;
}

export interface Command {
  readonly op: number;
  readonly name: string;
  readonly summary: string;
  readonly data: z.ZodType;
  run(input: { app: App; session: Session; data: unknown }): void;
}

/** Declares a command. Frames whose data do not fit are ignored. */
export function command<S extends z.ZodType>(declaration: Declaration<S>): Command {
  return declaration;
}
