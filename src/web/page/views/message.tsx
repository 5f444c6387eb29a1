// A message, with what hangs on it, and one that is still on its way.
import { emojiText, type KnownMessage } from '../../../client/reactions.ts';
import { canInChannel } from '../../../client/permissions.ts';
import type { Channel, Message } from '../../../client/wire.ts';
import { linkTo } from '../store/address.ts';
import { answering } from '../store/answering.ts';
import { seen } from '../store/live.ts';
import { fileAddress, nameOf } from '../store/names.ts';
import { discard, send, type Outgoing } from '../store/outbox.ts';
import { rest } from '../store/session.ts';
import { language, say } from '../words/say.ts';
import { Face } from './face.tsx';
import { IconButton } from './icon.tsx';
import { Markdown } from './markdown.tsx';
import { memo } from './memo.tsx';
import { PersonButton } from './people/person-button.tsx';

interface Shown {
  message: KnownMessage;
  channel: Channel;
  /** Whether it stands below the name of the one before it. */
  isJoined: boolean;
}

function timeOf(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString(language.value, { timeStyle: 'short' });
}

export const MessageRow = memo(function MessageRow({ message, channel, isJoined }: Shown) {
  const { id, author_id, content, timestamp, edited_at, reply_to } = message;
  const { space_id } = channel;
  const name = nameOf(author_id, space_id);
  return (
    <li class={`message ${isJoined ? 'joined' : ''}`} data-id={id} tabIndex={-1}>
      {reply_to !== null && <Answered channel={channel} id={reply_to} />}
      {!isJoined && <Face id={author_id} space_id={space_id} />}
      <div class="body">
        <p class={`head ${isJoined ? 'quiet' : ''}`}>
          {!isJoined && (
            <PersonButton id={author_id} channel_id={channel.id} class="author">
              {name}
            </PersonButton>
          )}
          <time dateTime={timestamp} title={new Date(timestamp).toLocaleString(language.value)}>
            {timeOf(timestamp)}
          </time>
        </p>
        {message.title !== null && <h3>{message.title}</h3>}
        {content !== '' && <Markdown text={content} space_id={space_id} />}
        {edited_at !== null && <span class="edited">{say('edited')}</span>}
        <Attachments list={message.attachments} />
        <Reactions message={message} channel={channel} />
      </div>
      <div class="tools">
        <IconButton
          of="answer"
          label={say('answering', { name })}
          onClick={() => (answering.value = message)}
        />
      </div>
    </li>
  );
});

/** The message that another one answers, in a line. */
function Answered({ channel, id }: { channel: Channel; id: string }) {
  const known = seen('messages')?.messages.get(channel.id)?.get(id);
  return (
    <a class="answered" href={linkTo.message(channel.id, id)}>
      {known === undefined ? (
        say('answered_gone')
      ) : (
        <>
          <strong>{nameOf(known.author_id, channel.space_id)}</strong> {known.content.slice(0, 200)}
        </>
      )}
    </a>
  );
}

function Attachments({ list }: { list: Message['attachments'] }) {
  return (
    <>
      {list.map(({ id, filename, content_type, url, width, height, description }) => {
        const address = fileAddress(url);
        if (content_type?.startsWith('image/')) {
          return (
            <a key={id} href={address} target="_blank" rel="noopener">
              <img
                class="picture"
                src={address}
                alt={description ?? filename}
                width={width ?? undefined}
                height={height ?? undefined}
                loading="lazy"
              />
            </a>
          );
        }
        return (
          <a key={id} class="file" href={address} download={filename}>
            {filename}
          </a>
        );
      })}
    </>
  );
}

function Reactions({ message, channel }: { message: KnownMessage; channel: Channel }) {
  const state = seen('roles', 'members');
  const mayAdd = state !== null && canInChannel(state, channel)('add_reactions');
  const { channel_id, id } = message;
  const toggle = (emoji: string, isOwn: boolean) => {
    const path = { channel_id, message_id: id, emoji };
    const call = isOwn
      ? rest.call('DELETE /channels/:channel_id/messages/:message_id/reactions/:emoji/@me', path)
      : rest.call('PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me', path);
    call.catch(() => undefined);
  };
  if (message.reactions === null || message.reactions.length === 0) return null;
  return (
    <div class="reactions">
      {message.reactions.map((one) => {
        const emoji = emojiText(one);
        const [name = emoji] = emoji.split(':');
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={one.me ?? false}
            disabled={!mayAdd && !one.me}
            onClick={() => toggle(emoji, one.me ?? false)}
          >
            {name} {one.count}
          </button>
        );
      })}
    </div>
  );
}

/** A message on its way, or one that did not get there. */
export function OutgoingRow({ outgoing }: { outgoing: Outgoing }) {
  const { nonce, content, files, done, failed } = outgoing;
  const own = seen('user')?.user?.id ?? '';
  const status =
    failed === null
      ? files.length > 0
        ? say('uploading', { done })
        : say('sending')
      : failed === ''
        ? say('waiting')
        : say('not_sent', { why: failed });
  return (
    <li class="message pending">
      <Face id={own} />
      <div class="body">
        <p class="head">
          <strong>{nameOf(own)}</strong>
        </p>
        {content !== '' && <Markdown text={content} space_id={null} />}
        {files.map((file) => (
          <p key={file.name} class="file">
            {file.name}
          </p>
        ))}
        {files.length > 0 && failed === null && (
          <progress max={100} value={done} aria-label={status} />
        )}
        <p class={failed ? 'problem' : 'status-line'} role="status">
          {status}
          {failed !== null && (
            <button type="button" class="link" onClick={() => void send(nonce)}>
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
