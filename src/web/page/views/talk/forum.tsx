// A forum: its posts, the one that was active last first, and a form for a new one.
import { useEffect, useRef, useState } from 'preact/hooks';
import { canInChannel } from '../../../../client/permissions.ts';
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { linkTo } from '../../store/address.ts';
import { hasMore, postsOf, showPosts } from '../../store/forum.ts';
import { seen } from '../../store/live.ts';
import { nameOf, plainly } from '../../store/names.ts';
import { post } from '../../store/outbox.ts';
import { language, say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { textsOf } from '../form.ts';
import { Icon } from '../icon.tsx';
import { OutgoingRows } from './outgoing.tsx';

export function Forum({ channel }: { channel: Channel }) {
  const [isWriting, setWriting] = useState(false);
  const [isFailed, setFailed] = useState(false);
  const posts = postsOf(channel.id);
  const load = () =>
    void showPosts(channel.id).then(
      () => setFailed(false),
      () => setFailed(true),
    );
  useEffect(() => {
    if (posts === null) load();
  }, [posts === null]);
  const state = seen('user', 'roles', 'members', 'channels');
  const mayPost =
    state !== null && !channel.archived && canInChannel(state, channel)('send_messages');
  const status = isFailed ? say('loading_failed') : say(posts === null ? 'loading' : 'no_posts');
  return (
    <div class="forum">
      {mayPost &&
        (isWriting ? (
          <NewPost channel={channel} done={() => setWriting(false)} />
        ) : (
          <button type="button" class="primary" onClick={() => setWriting(true)}>
            <Icon of="plus" /> {say('new_post')}
          </button>
        ))}
      <ul>
        <OutgoingRows feed={{ channel_id: channel.id, thread_id: null }} />
        {posts?.map((one) => (
          <Post key={one.id} one={one} channel={channel} />
        ))}
      </ul>
      {(isFailed || posts === null || posts.length === 0) && <p class="blank">{status}</p>}
      {(hasMore(channel.id) || isFailed) && (
        <button type="button" class="second" onClick={load}>
          {say(isFailed ? 'retry' : 'more_posts')}
        </button>
      )}
    </div>
  );
}

function Post({ one, channel }: { one: KnownMessage; channel: Channel }) {
  const { id, channel_id, author_id, title, content, reply_count, timestamp } = one;
  const text = plainly(content, channel.space_id);
  const active = new Date(one.last_reply_at ?? timestamp);
  return (
    <li class="post">
      <Face id={author_id} space_id={channel.space_id} />
      <div>
        <h2>
          <a href={linkTo.thread(channel_id, id)}>
            {title ?? (text.slice(0, 80) || say('a_file'))}
          </a>
        </h2>
        {title !== null && <p class="excerpt">{text}</p>}
        <p class="small">
          {nameOf(author_id, channel.space_id)} ·{' '}
          {reply_count === 1 ? say('reply_one') : say('replies', { count: reply_count })} ·{' '}
          <time dateTime={active.toISOString()}>
            {active.toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' })}
          </time>
        </p>
      </div>
    </li>
  );
}

function NewPost({ channel, done }: { channel: Channel; done: () => void }) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const hasGone = useRef(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // Two presses may come before the form is gone.
    if (hasGone.current) return;
    hasGone.current = true;
    const form = event.currentTarget as HTMLFormElement;
    const text = textsOf(form);
    const files = new FormData(form)
      .getAll('files')
      .filter((one) => one instanceof File && one.size > 0) as File[];
    post({
      channel_id: channel.id,
      title: text('title').trim(),
      content: text('content').trim(),
      files,
    });
    done();
  };
  return (
    <form class="new-post" onSubmit={submit}>
      <label>
        {say('post_title')}
        <input ref={first} name="title" required maxLength={100} />
      </label>
      <label>
        {say('post_text')}
        <textarea name="content" rows={5} required maxLength={4000} />
      </label>
      <label>
        {say('attach')}
        <input name="files" type="file" multiple />
      </label>
      <div class="choices">
        <button type="button" class="second" onClick={done}>
          {say('cancel')}
        </button>
        <button class="primary">{say('publish')}</button>
      </div>
    </form>
  );
}
