// What a feature is: the values that it adds to the server.
import type { App } from '../app.ts';
import type { EventValue } from '../events/event.ts';
import type { Command } from '../gateway/command.ts';
import type { SessionHooks } from '../gateway/lifecycle.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Consequence } from '../write.ts';

export interface Feature {
  readonly name: string;
  readonly endpoints?: readonly Endpoint[];
  readonly events?: readonly EventValue[];
  readonly commands?: readonly Command[];
  readonly consequences?: readonly Consequence[];
  readonly hooks?: SessionHooks;
  /** What it begins with the server; answers how to end it. */
  start?(app: App): void | (() => void) | Promise<void | (() => void)>;
}

/** The values that a module exports, for lists of endpoints, events and commands. */
export function exported<T>(
  module: Readonly<Record<string, unknown>>,
  is: (value: unknown) => value is T,
): T[] {
  return Object.values(module).filter(is);
}
