// Messages on their way: each is sent until it is answered, and by its nonce said once.
import { signal } from '@preact/signals';
import { Refused, refusalOf, Unreached } from '../../../client/rest.ts';
import type { Message } from '../../../client/wire.ts';
import { line, onHeard, state } from './live.ts';
import { base, rest } from './session.ts';

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
}

export const outbox = signal<readonly Outgoing[]>([]);

const running = new Map<string, AbortController>();

function change(nonce: string, patch: Partial<Outgoing>): void {
  outbox.value = outbox.value.map((one) => (one.nonce === nonce ? { ...one, ...patch } : one));
}

function remove(nonce: string): void {
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
}: Wish) {
  const state_ = { done: 0, failed: null };
  const one = { nonce: newNonce(), thread_id, title, reply_to, files, ...wish, ...state_ };
  outbox.value = [...outbox.value, one];
  void send(one.nonce);
}

/** Gives a message up; an upload under way is ended. */
export function discard(nonce: string): void {
  running.get(nonce)?.abort();
  remove(nonce);
}

export async function send(nonce: string): Promise<void> {
  const one = outbox.value.find((waiting) => waiting.nonce === nonce);
  if (one === undefined || running.has(nonce)) return;
  const control = new AbortController();
  running.set(nonce, control);
  change(nonce, { failed: null });
  try {
    const message = one.files.length === 0 ? await say(one) : await upload(one, control.signal);
    state.value?.adds(one.channel_id, [message]);
    remove(nonce);
  } catch (error) {
    if (control.signal.aborted) return;
    change(nonce, { failed: error instanceof Refused ? error.message : '' });
  } finally {
    running.delete(nonce);
  }
}

const bodyOf = ({ content, title, reply_to, thread_id, nonce }: Outgoing) => ({
  content,
  nonce,
  ...(title !== null && { title }),
  ...(reply_to !== null && { reply_to }),
  ...(thread_id !== null && { thread_id }),
});

function say(one: Outgoing): Promise<Message> {
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

onHeard((event, isReplayed) => {
  // The event often comes before the answer.
  if (event.type === 'message.create' && event.data.author_id === state.peek()?.user?.id) {
    remove(String(event.data.nonce));
  }
  const isBack = event.type === 'ready' || event.type === 'resumed';
  if (!isBack || isReplayed || line.peek() === 'refused') return;
  for (const { nonce, failed } of outbox.peek()) if (failed === '') void send(nonce);
});
