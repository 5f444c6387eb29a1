// A thread: the message that began it, the answers, and where one answers.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Channel } from '../../../../client/wire.ts';
import { go, linkTo, place } from '../../store/address.ts';
import { editing } from '../../store/answering.ts';
import { messageOf } from '../../store/reads.ts';
import { say } from '../../words/say.ts';
import { Composer } from '../composer.tsx';
import { FeedView } from '../feed.tsx';
import { IconButton } from '../icon.tsx';
import { MessageRow } from '../message.tsx';

export function Thread({ channel, thread_id }: { channel: Channel; thread_id: string }) {
  const root = messageOf(channel.id, thread_id);
  const heading = useRef<HTMLHeadingElement>(null);
  /** The message that is jumped to takes the focus itself. */
  const [isJump] = useState(() => place.peek().message_id !== null);
  useEffect(() => {
    if (isJump) return;
    const field = heading.current?.closest('section')?.querySelector('textarea');
    // On a telephone the keyboard would cover the thread.
    if (matchMedia('(hover: hover)').matches && field) field.focus();
    else heading.current?.focus();
  }, []);
  const leave = () => {
    go(linkTo.channel(channel.id));
    // The message that began it, or in a forum the link of the post.
    const id = CSS.escape(thread_id);
    const opener = `main [data-id="${id}"], main a[href$="/thread/${id}"]`;
    document.querySelector<HTMLElement>(opener)?.focus();
  };
  const closing = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const isWriting = event.target instanceof HTMLTextAreaElement && event.target.value !== '';
    if (isWriting) return;
    event.preventDefault();
    leave();
  };
  return (
    <section class="channel" onKeyDown={closing}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {root?.title ?? say('thread')}
        </h2>
        <IconButton of="close" label={say('close_thread')} onClick={leave} />
      </header>
      {root === null ? (
        <p class="blank">{say('thread_gone')}</p>
      ) : (
        <>
          <FeedView
            channel={channel}
            thread_id={thread_id}
            head={
              root !== undefined && (
                <MessageRow
                  key="root"
                  message={root}
                  channel={channel}
                  isJoined={false}
                  isEdited={editing.value === root.id}
                  isRoot
                />
              )
            }
          />
          <Composer key={thread_id} channel={channel} thread_id={thread_id} />
        </>
      )}
    </section>
  );
}
