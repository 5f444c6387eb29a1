// A message on its way, or one that did not get there.
import { seen } from '../../store/live.ts';
import { nameOf } from '../../store/names.ts';
import type { Feed } from '../../store/feeds.ts';
import { discard, outbox, retry, type Outgoing } from '../../store/outbox.ts';
import { say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { Markdown } from '../markdown.tsx';

/** All that is on its way to a feed. */
export function OutgoingRows({ feed: { channel_id, thread_id } }: { feed: Feed }) {
  const waiting = outbox.value.filter(
    (one) => one.channel_id === channel_id && one.thread_id === thread_id,
  );
  return (
    <>
      {waiting.map((one) => (
        <Row key={one.nonce} outgoing={one} />
      ))}
    </>
  );
}

function statusOf({ failed, files, done }: Outgoing): string {
  if (failed === '') return say('waiting');
  if (failed !== null) return say('not_sent', { why: failed });
  return files.length > 0 ? say('uploading', { done }) : say('sending');
}

function Row({ outgoing }: { outgoing: Outgoing }) {
  const { channel_id, nonce, title, content, files, done, failed } = outgoing;
  const state = seen('user', 'channels');
  const own = state?.user?.id ?? '';
  const space_id = state?.channel(channel_id)?.space_id ?? null;
  const status = statusOf(outgoing);
  return (
    <li class="message pending">
      <Face id={own} />
      <div class="body">
        <p class="head">
          <strong>{nameOf(own, space_id)}</strong>
        </p>
        {title !== null && <h3>{title}</h3>}
        {content !== '' && <Markdown text={content} space_id={space_id} />}
        {files.map((file) => (
          <p key={file.name} class="file">
            {file.name}
          </p>
        ))}
        {files.length > 0 && failed === null && (
          <progress max={100} value={done} aria-label={say('upload')} />
        )}
        <p class={failed ? 'problem' : 'status-line'}>
          <span role="status">{status}</span>
          {failed !== null && (
            <button type="button" class="link" onClick={() => retry(nonce)}>
              {say('retry')}
            </button>
          )}
          <button type="button" class="link" onClick={() => discard(nonce)}>
            {say(failed === null ? 'cancel' : 'discard')}
          </button>
        </p>
      </div>
    </li>
  );
}
