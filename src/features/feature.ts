// What a feature is: the values that it adds to the server, as its folder declares them.
import type { App, StateName } from '../app.ts';
import type { EventValue } from '../events/event.ts';
import type { Command } from '../gateway/command.ts';
import type { SessionHooks } from '../gateway/lifecycle.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { Consequence } from '../write.ts';

export interface Feature extends Extras {
  readonly endpoints: readonly Endpoint[];
  readonly events: readonly EventValue[];
  readonly commands: readonly Command[];
  readonly consequences: readonly Consequence[];
}

interface Extras {
  readonly name: string;
  readonly hooks?: SessionHooks;
  /** What it begins with the server; answers how to end it. */
  start?(app: App): void | (() => void) | Promise<void | (() => void)>;
}

type Module = Readonly<Record<string, unknown>>;

const has = (value: unknown, ...keys: string[]) =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);
const isEndpoint = (value: unknown): value is Endpoint => has(value, 'method', 'path', 'access');
const isEvent = (value: unknown): value is EventValue => has(value, 'type', 'audience', 'pick');
const isCommand = (value: unknown): value is Command => has(value, 'op', 'data', 'access');
const isConsequence = (value: unknown): value is Consequence => has(value, 'of', 'run');

/** Declares a feature; every endpoint, event, command and consequence that its modules export is part of it. */
export function feature({
  modules = [],
  ...extras
}: Extras & { readonly modules?: readonly Module[] }): Feature {
  const exported = modules.flatMap((module) => Object.entries(module));
  const values = exported.map(([, value]) => value);
  return {
    ...extras,
    endpoints: exported.flatMap(([name, value]) =>
      isEndpoint(value) ? [{ name: name.replace(/Route$/, ''), ...value }] : [],
    ),
    events: values.filter(isEvent),
    commands: values.filter(isCommand),
    consequences: values.filter(isConsequence),
  };
}

const registered: StateName<Feature[]> = { create: () => [] };

/** Names the features of a server, once, while it is put together. */
export function register(app: App, features: readonly Feature[]): void {
  app.state(registered).push(...features);
}

/** All features of a server, in their order, for what works for each of them. */
export function featuresOf(app: App): readonly Feature[] {
  return app.state(registered);
}
