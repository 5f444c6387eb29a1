// A message in a list of what was found or pinned: whose it is, when, and a link to its place.
import type { ComponentChildren } from 'preact';
import type { KnownMessage } from '../../../../client/reactions.ts';
import { linkOf } from '../../store/deeds.ts';
import { seen } from '../../store/live.ts';
import { channelName, nameOf } from '../../store/names.ts';
import { language, say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { Markdown } from '../markdown.tsx';
import { close } from './overlay.ts';

interface Shown {
  message: KnownMessage;
  /** Whether the channel is named as well. */
  hasChannel?: boolean;
  children?: ComponentChildren;
}

export function Found({ message, hasChannel = false, children }: Shown) {
  const { author_id, channel_id, space_id, timestamp, title, content, attachments } = message;
  const channel = seen('channels', 'conversations')?.channel(channel_id);
  const when = new Date(timestamp);
  return (
    <li class="found">
      <Face id={author_id} space_id={space_id} />
      <div class="body">
        <p class="head">
          <strong>{nameOf(author_id, space_id)}</strong>
          {hasChannel && channel !== undefined && <span>#{channelName(channel)}</span>}
          <time dateTime={timestamp}>
            {when.toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' })}
          </time>
        </p>
        {title !== null && <h3>{title}</h3>}
        {content !== '' && <Markdown text={content} space_id={space_id} />}
        {attachments.map(({ id, filename }) => (
          <p key={id} class="small">
            {filename}
          </p>
        ))}
        <div class="choices">
          {children}
          <a class="link" href={linkOf(message)} onClick={() => setTimeout(close)}>
            {say('jump')}
          </a>
        </div>
      </div>
    </li>
  );
}
