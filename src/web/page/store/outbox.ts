// Messages on their way: each is sent until it is answered, and by its nonce said once.
import { effect, signal } from '@preact/signals';
import { Refused, refusalOf, Unreached } from '../../../client/rest.ts';
import type { Message } from '../../../client/wire.ts';
import { say } from '../words/say.ts';
import { readQueue, writeQueue } from './kept.ts';
import { line, onHeard, state } from './live.ts';
import { base, rest, token } from './session.ts';

/** A message on its way. */
export interface Outgoing {
  readonly nonce: string;
  readonly channel_id: string;
  readonly thread_id: string | null;
  readonly content: string;
  readonly title: string | null;
  readonly reply_to: string | null;
  readonly files: readonly File[];
  /** Percent of the files that were sent. */
  readonly done: number;
  /** Why the server does not take it; "" where it was not reached, and it is tried again. */
  readonly failed: string | null;
  /** When it was sent first, in Unix milliseconds; null before that. */
  readonly at: number | null;
}

export const outbox = signal<readonly Outgoing[]>([]);

/** The server knows a nonce for ten minutes: after that, trying again could say it twice. */
const knownFor_ms = 9 * 60_000;
/** So long after a failure it is tried again, while the gateway is open. */
const again_ms = 3_000;

const running = new Map<string, AbortController>();

function change(nonce: string, patch: Partial<Outgoing>): void {
  outbox.value = outbox.value.map((one) => (one.nonce === nonce ? { ...one, ...patch } : one));
}

function remove(nonce: string): void {
  if (!outbox.peek().some((one) => one.nonce === nonce)) return;
  outbox.value = outbox.value.filter((one) => one.nonce !== nonce);
}

/** Works without a secure context, too. */
function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Wish = Pick<Outgoing, 'channel_id' | 'content'> &
  Partial<Pick<Outgoing, 'thread_id' | 'title' | 'reply_to' | 'files'>>;

export function post({
  thread_id = null,
  title = null,
  reply_to = null,
  files = [],
  ...wish
}: Wish): void {
  const begun = { done: 0, failed: null, at: null };
  const one = { nonce: newNonce(), thread_id, title, reply_to, files, ...wish, ...begun };
  outbox.value = [...outbox.value, one];
  pump();
}

/** Gives a message up; an upload under way is ended. */
export function discard(nonce: string): void {
  running.get(nonce)?.abort();
  running.delete(nonce);
  remove(nonce);
  pump();
}

/** Tries one again that has failed. */
export function retry(nonce: string): void {
  change(nonce, { failed: null, at: null });
  pump();
}

const feedOf = ({ channel_id, thread_id }: Outgoing) => `${channel_id}/${thread_id ?? ''}`;

/** Sends what may go now: texts of one feed go one after the other, so that they arrive in order. */
function pump(): void {
  const busy = new Set<string>();
  for (const one of outbox.peek()) {
    if (one.failed !== null && one.failed !== '') continue;
    const isText = one.files.length === 0;
    const isFree = !running.has(one.nonce) && !(isText && busy.has(feedOf(one)));
    if (isText) busy.add(feedOf(one));
    if (!isFree || one.failed !== null) continue;
    if (line.peek() === 'open') void send(one);
    else change(one.nonce, { failed: '' });
  }
}

/** Tries again what did not reach the server. */
function retryAll(): void {
  for (const { nonce, failed, at } of outbox.peek()) {
    if (failed !== '') continue;
    const isTooLate = at !== null && Date.now() - at > knownFor_ms;
    change(nonce, { failed: isTooLate ? say('perhaps_sent') : null });
  }
  pump();
}

let waiting: ReturnType<typeof setTimeout> | undefined;

function retryLater(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => line.peek() === 'open' && retryAll(), again_ms);
}

async function send(one: Outgoing): Promise<void> {
  const { nonce, channel_id } = one;
  const control = new AbortController();
  running.set(nonce, control);
  change(nonce, { failed: null, at: one.at ?? Date.now() });
  // Given up, or sent anew: what comes of this try does not count.
  const isOver = () => running.get(nonce) !== control;
  try {
    const message =
      one.files.length === 0 ? await sendText(one) : await upload(one, control.signal);
    state.value?.adds(channel_id, [message]);
    remove(nonce);
  } catch (error) {
    if (isOver()) return;
    const isRefused = error instanceof Refused;
    change(nonce, { failed: isRefused ? error.message : '' });
    if (!isRefused) retryLater();
  }
  if (isOver()) return;
  running.delete(nonce);
  pump();
}

const bodyOf = ({ content, title, reply_to, thread_id, nonce }: Outgoing) => ({
  content,
  nonce,
  ...(title !== null && { title }),
  ...(reply_to !== null && { reply_to }),
  ...(thread_id !== null && { thread_id }),
});

function sendText(one: Outgoing): Promise<Message> {
  const { channel_id } = one;
  return rest.call('POST /channels/:channel_id/messages', { channel_id, body: bodyOf(one) });
}

/** By XMLHttpRequest, since fetch does not tell how far it is. */
function upload(one: Outgoing, signal: AbortSignal): Promise<Message> {
  const form = new FormData();
  form.set('payload_json', JSON.stringify(bodyOf(one)));
  for (const [index, file] of one.files.entries()) form.set(`files[${index}]`, file, file.name);
  const request = new XMLHttpRequest();
  request.open('POST', `${base}/api/v1/channels/${one.channel_id}/messages/upload`);
  for (const [name, value] of Object.entries(rest.headers())) request.setRequestHeader(name, value);
  request.responseType = 'json';
  request.upload.onprogress = ({ loaded, total }) =>
    change(one.nonce, { done: Math.round((100 * loaded) / total) });
  signal.addEventListener('abort', () => request.abort());
  return new Promise((resolve, reject) => {
    request.onload = () => {
      const answer = request.response as { data?: Message } | null;
      if (request.status === 200 && answer?.data !== undefined) resolve(answer.data);
      else if (request.status === 200) reject(new Unreached('the answer was cut off'));
      else reject(refusalOf(request.status, answer));
    };
    request.onerror = () => reject(new Unreached('the server was not reached'));
    request.onabort = () => reject(new Unreached('given up'));
    request.send(form);
  });
}

/** What was on its way when this tab was closed or reloaded; null once it was taken up. */
let left: string | null = readQueue();

interface Queue {
  readonly user_id: string;
  readonly list: readonly Outgoing[];
}

/**
 * Takes up what was on its way, if the same person is signed in. What was refused stays so. Files do not
 * outlast the page.
 */
function takeUp(): void {
  const queue = JSON.parse(left ?? 'null') as Queue | null;
  left = null;
  if (queue === null || queue.user_id !== state.peek()?.user?.id) return;
  const list = queue.list.map((one) => ({ ...one, files: [], failed: one.failed ?? '' }));
  outbox.value = [...list, ...outbox.peek()];
}

effect(() => {
  const list = outbox.value.filter(({ files }) => files.length === 0);
  const user_id = state.peek()?.user?.id;
  if (left !== null || user_id === undefined) return;
  writeQueue(list.length === 0 ? null : JSON.stringify({ user_id, list } satisfies Queue));
});

effect(() => {
  if (token.value !== null) return;
  for (const control of running.values()) control.abort();
  running.clear();
  outbox.value = [];
  left = null;
  writeQueue(null);
});

onHeard((event, isReplayed) => {
  // The event often comes before the answer.
  if (event.type === 'message.create' && event.data.author_id === state.peek()?.user?.id) {
    remove(String(event.data.nonce));
  }
  const isBack = event.type === 'ready' || event.type === 'resumed';
  if (!isBack || isReplayed) return;
  if (left !== null) takeUp();
  // A text that hangs on the old line goes once more: its nonce keeps it single.
  for (const { nonce, files } of outbox.peek()) if (files.length === 0) running.delete(nonce);
  // `open` is said right after this event.
  queueMicrotask(retryAll);
});
