// The live state: what READY and events say, and signals that tell views which part has changed.
import { effect, signal, type Signal } from '@preact/signals';
import { Gateway, type Line } from '../../../client/gateway.ts';
import type { Part } from '../../../client/shelves.ts';
import { State } from '../../../client/state.ts';
import type { Heard } from '../../../client/wire.ts';
import { base, forget, token } from './session.ts';

/** Null before the first READY. */
export const state = signal<State | null>(null);
export const line = signal<Line>('connecting');

const parts: readonly Part[] = [
  'user',
  'spaces',
  'channels',
  'roles',
  'members',
  'users',
  'presences',
  'conversations',
  'relations',
  'voice',
  'rings',
  'unread',
  'mutes',
  'emojis',
  'messages',
];
const versions = new Map<Part, Signal<number>>(parts.map((part) => [part, signal(0)]));

/** Returns the state for reading these parts; a view that calls it is shown anew when they change. */
export function seen(...wanted: readonly Part[]): State | null {
  for (const part of wanted) void versions.get(part)?.value;
  return state.value;
}

/** Changes come in bursts: what is shown follows with the next frame, for all of them at once. */
const waiting = new Set<Part>();
/** A window in the background has no frames. */
const latest_ms = 100;

export function changed(part: Part): void {
  if (waiting.size === 0) {
    requestAnimationFrame(tell);
    setTimeout(tell, latest_ms);
  }
  waiting.add(part);
}

function tell(): void {
  const now = [...waiting];
  waiting.clear();
  for (const part of now) {
    const version = versions.get(part);
    if (version !== undefined) version.value += 1;
  }
}

const intents = [
  'spaces',
  'members',
  'presences',
  'messages',
  'message_content',
  'message_reactions',
  'message_typing',
  'voice_states',
  'emojis',
];

type Listener = (event: Heard, isReplayed: boolean, before: State | null) => void;
const listeners = new Set<Listener>();

/**
 * Calls a function with each event after it was taken in; with READY also with the state that was
 * there before.
 */
export function onHeard(listener: Listener): void {
  listeners.add(listener);
}

let gateway: Gateway | null = null;

function heard(event: Heard, isReplayed: boolean): void {
  const before = state.value;
  if (event.type === 'ready') {
    state.value = new State(event.data, changed);
    for (const part of parts) changed(part);
  } else before?.apply(event, isReplayed);
  for (const listener of listeners) listener(event, isReplayed, before);
}

function connect(given: string): void {
  const url = new URL(`${base}/ws`, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  gateway = new Gateway({
    url: url.href,
    token: given,
    intents,
    os: 'web',
    heard,
    line(now) {
      line.value = now;
      if (now === 'refused') void forget();
    },
  });
}

/** Sends a command of the gateway. */
export function command(op: number, data: unknown): void {
  gateway?.send(op, data);
}

/** Connects while somebody is signed in. */
export function goLive(): void {
  effect(() => {
    const now = token.value;
    gateway?.end();
    gateway = null;
    state.value = null;
    if (now) connect(now);
  });
  const hurry = () => gateway?.hurry();
  addEventListener('online', hurry);
  // What is sent now would hang: the session is taken up again where the network or the server is.
  addEventListener('offline', () => gateway?.drop());
  addEventListener('pageshow', hurry);
  document.addEventListener('resume', hurry);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') hurry();
  });
  // Cuts the line as a bad network does; harmless, and how the tests do it.
  addEventListener('accord:drop', () => gateway?.drop());
}
