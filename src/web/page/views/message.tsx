// A message, with what hangs on it.
import { useState } from 'preact/hooks';
import type { KnownMessage } from '../../../client/reactions.ts';
import type { Channel } from '../../../client/wire.ts';
import { linkTo } from '../store/address.ts';
import { isEmptied } from '../store/deeds.ts';
import { seen } from '../store/live.ts';
import { nameOf, plainly } from '../store/names.ts';
import { messageOf } from '../store/reads.ts';
import { language, say } from '../words/say.ts';
import { Face } from './face.tsx';
import { Icon } from './icon.tsx';
import { Markdown } from './markdown.tsx';
import { later } from './later.tsx';
import { memo } from './memo.tsx';
import { PersonButton } from './people/person-button.tsx';
import { openMenu } from './talk/acts.tsx';
import { Attachments } from './talk/attachments.tsx';
import { Reactions } from './talk/reactions.tsx';
import { Tools } from './talk/tools.tsx';
import { useLongTouch } from './talk/touch.ts';

const Embeds = later(async () => (await import('./talk/embeds.tsx')).Embeds, 'quietly');
const Editor = later(async () => (await import('./talk/editor.tsx')).Editor);

interface Shown {
  message: KnownMessage;
  channel: Channel;
  /** Whether it stands below the name of the one before it. */
  isJoined: boolean;
  isEdited: boolean;
  /** Whether it heads its own thread: that is not offered again. */
  isRoot?: boolean;
}

export function timeOf(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString(language.value, { timeStyle: 'short' });
}

/** Whether the mouse or the focus is on a row: its buttons are made only then. */
function useActive() {
  const [isPointed, point] = useState(false);
  const [isFocused, focus] = useState(false);
  const handlers = {
    onPointerEnter: () => point(true),
    onPointerLeave: () => point(false),
    onFocusIn: () => focus(true),
    onFocusOut: () => focus(false),
  };
  return { isActive: isPointed || isFocused, handlers };
}

export const MessageRow = memo(function MessageRow(shown: Shown) {
  const { message, channel, isJoined, isEdited, isRoot = false } = shown;
  const { id, author_id, reply_to } = message;
  const { space_id } = channel;
  const { isActive, handlers } = useActive();
  const touch = useLongTouch(() => openMenu(message, channel, null));
  const own = seen('user')?.user?.id ?? '';
  const isNaming = message.mention_everyone || message.mentions.includes(own);
  return (
    <li
      class={`message ${isJoined ? 'joined' : ''} ${isNaming ? 'naming' : ''}`}
      data-id={id}
      tabIndex={-1}
      {...handlers}
      {...touch}
    >
      {reply_to !== null && <Answered message={message} channel={channel} id={reply_to} />}
      {!isJoined && <Face id={author_id} space_id={space_id} />}
      <div class="body">
        <Head message={message} channel={channel} isJoined={isJoined} />
        {isEdited ? <Editor message={message} /> : <Text message={message} />}
        <Attachments list={message.attachments} />
        {message.embeds.length > 0 && <Embeds message={message} />}
        <Reactions message={message} channel={channel} />
        {!isRoot && <ThreadLink message={message} />}
      </div>
      {isActive && !isEdited && <Tools message={message} channel={channel} />}
    </li>
  );
});

function Head({ message, channel, isJoined }: Pick<Shown, 'message' | 'channel' | 'isJoined'>) {
  const { author_id, timestamp, pinned } = message;
  return (
    <p class={`head ${isJoined ? 'quiet' : ''}`}>
      {!isJoined && (
        <PersonButton id={author_id} channel_id={channel.id} class="author">
          {nameOf(author_id, channel.space_id)}
        </PersonButton>
      )}
      <time dateTime={timestamp} title={new Date(timestamp).toLocaleString(language.value)}>
        {timeOf(timestamp)}
      </time>
      {pinned && !isJoined && (
        <span class="pinned" role="img" aria-label={say('pinned')} title={say('pinned')}>
          <Icon of="pin" />
        </span>
      )}
    </p>
  );
}

function Text({ message }: { message: KnownMessage }) {
  const { type, title, content, space_id, edited_at } = message;
  if (isEmptied(message)) return <p class="status-line">{say('removed')}</p>;
  if (type === 'member_join') return <p class="status-line">{content}</p>;
  return (
    <>
      {title !== null && <h3>{title}</h3>}
      {content !== '' && <Markdown text={content} space_id={space_id} />}
      {edited_at !== null && (
        <span class="edited" title={new Date(edited_at).toLocaleString(language.value)}>
          {say('edited')}
        </span>
      )}
    </>
  );
}

/** The message that another one answers, in a line. */
function Answered({ message, channel, id }: Pick<Shown, 'message' | 'channel'> & { id: string }) {
  const { channel_id, thread_id } = message;
  const known = messageOf(channel_id, id);
  if (known === undefined) return <p class="answered">{say('loading')}</p>;
  if (known === null) return <p class="answered">{say('answered_gone')}</p>;
  const isInThread = thread_id !== null && (id === thread_id || known.thread_id === thread_id);
  const to = isInThread ? linkTo.thread(channel_id, thread_id, id) : linkTo.message(channel_id, id);
  const name = nameOf(known.author_id, channel.space_id);
  return (
    <a class="answered" href={to}>
      <span class="hidden">{say('answers')} </span>
      <strong>{name}</strong> {wordsOf(known)}
    </a>
  );
}

/** What a message says in a line. */
function wordsOf(message: KnownMessage): string {
  const { content, title, space_id } = message;
  if (isEmptied(message)) return say('removed');
  return title ?? (plainly(content, space_id) || say('a_file'));
}

function ThreadLink({ message }: { message: KnownMessage }) {
  const { channel_id, id, reply_count, last_reply_at, thread_id } = message;
  if (reply_count === 0 || thread_id !== null) return null;
  return (
    <a class="thread-link" href={linkTo.thread(channel_id, id)}>
      <Icon of="thread" />
      <strong>
        {reply_count === 1 ? say('reply_one') : say('replies', { count: reply_count })}
      </strong>
      {last_reply_at !== undefined && (
        <time dateTime={last_reply_at}>
          {new Date(last_reply_at).toLocaleString(language.value, {
            dateStyle: 'short',
            timeStyle: 'short',
          })}
        </time>
      )}
    </a>
  );
}
