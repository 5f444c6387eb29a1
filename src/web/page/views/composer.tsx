// Where one writes: a draft for each channel, files by button, drop and paste, Enter to send.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { canInChannel } from '../../../client/permissions.ts';
import type { Channel } from '../../../client/wire.ts';
import { answeredIn, answering, editLast } from '../store/answering.ts';
import { keep, readKept } from '../store/kept.ts';
import { askLimits } from '../store/limits.ts';
import { seen } from '../store/live.ts';
import { channelName, nameOf } from '../store/names.ts';
import { post } from '../store/outbox.ts';
import { stopTyping, tellTyping, typists } from '../store/typing.ts';
import { say } from '../words/say.ts';
import { useGrowing } from './growing.ts';
import { Icon, IconButton } from './icon.tsx';
import { placeOf } from './talk/acts.tsx';
import { useDrop, useTypeAnywhere } from './talk/catching.ts';
import { ChosenFiles, FilePicker, fileProblem } from './talk/files.tsx';
import { showPicker } from './talk/shows.tsx';
import { Suggestions, useSuggestions } from './talk/suggest.tsx';

interface Shown {
  channel: Channel;
  thread_id: string | null;
}

/** The server counts code points, and takes no more than this. */
const maxText = 4000;

const lengthOf = (text: string): number => text.replaceAll(/[\s\S]/gu, '.').length;

/** Whoever was led to a message is there already. */
const isOnMessage = () => document.activeElement?.closest('.message') != null;

const canHover = () => matchMedia('(hover: hover)').matches;

export function Composer({ channel, thread_id }: Shown) {
  const state = seen('user', 'members', 'roles', 'channels', 'conversations', 'relations');
  const can = state === null ? () => false : canInChannel(state, channel);
  const mayWrite = can('send_messages') && (thread_id === null || can('send_in_threads'));
  if (channel.archived) return <p class="composer closed">{say('archived')}</p>;
  if (!mayWrite) return <p class="composer closed">{say('may_not_write')}</p>;
  return <Field channel={channel} thread_id={thread_id} mayAttach={can('attach_files')} />;
}

/** What is written, kept over reloads, and where the caret is in it. */
function useDraft(key: string, field: { readonly current: HTMLTextAreaElement | null }) {
  const [text, setText] = useState(() => readKept(key) ?? '');
  const [caret, setCaret] = useState(0);
  const write = (given: string, at = given.length) => {
    setText(given);
    setCaret(at);
    keep(key, given === '' ? null : given);
  };
  /** Writes for the writer, and leaves the caret behind it. */
  const put = (given: string, at: number) => {
    write(given, at);
    const box = field.current;
    if (box === null) return;
    box.value = given;
    box.focus();
    box.setSelectionRange(at, at);
  };
  return { text, caret, write, put };
}

/** The files that go along. */
function useFiles() {
  const [files, setFiles] = useState<readonly File[]>([]);
  const add = (more: readonly File[]) => {
    askLimits();
    setFiles((before) => [...before, ...more]);
  };
  return { files, setFiles, add };
}

interface FieldProps extends Shown {
  mayAttach: boolean;
}

/** What the field holds, and what its keys and buttons do. */
function useField({ channel, thread_id, mayAttach }: FieldProps) {
  const { id: channel_id } = channel;
  const field = useRef<HTMLTextAreaElement>(null);
  const { text, caret, write, put } = useDraft(`draft:${channel_id}/${thread_id ?? ''}`, field);
  const { files, setFiles, add } = useFiles();
  const answered = answeredIn(channel_id, thread_id);
  const isOver = useDrop(field, mayAttach, add);
  const suggesting = useSuggestions(channel, { text, caret }, put);
  useTypeAnywhere(field);
  useGrowing(field, text);
  useEffect(() => {
    const isWanted = canHover() && thread_id === null && !isOnMessage();
    if (answered !== null || isWanted) field.current?.focus();
  }, [answered?.id]);
  const isEmpty = text.trim() === '' && files.length === 0;
  const excess = lengthOf(text.trim()) - maxText;
  const mayGo = !isEmpty && excess <= 0 && fileProblem(files) === '';
  /** What stands in the field has gone, and the field is not empty yet. */
  const hasGone = useRef(false);
  useLayoutEffect(() => void (hasGone.current = false));
  const send = () => {
    if (!mayGo || hasGone.current) return;
    hasGone.current = true;
    const reply_to = answered?.id ?? null;
    post({ channel_id, thread_id, content: text.trim(), files, reply_to });
    write('');
    setFiles([]);
    answering.value = null;
    stopTyping();
    field.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    if (suggesting.keyed(event) || event.isComposing) return;
    if (event.key === 'Escape' && answered !== null) {
      event.preventDefault();
      answering.value = null;
    } else if (event.key === 'ArrowUp' && text === '') {
      if (editLast({ channel_id, thread_id })) event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey && canHover()) {
      // On a telephone it begins a line.
      event.preventDefault();
      send();
    }
  };
  const insert = (emoji: string) => {
    const sign = /^\w+:\d+$/.test(emoji) ? `:${emoji.split(':')[0]}: ` : emoji;
    const at = field.current?.selectionStart ?? text.length;
    put(text.slice(0, at) + sign + text.slice(at), at + sign.length);
  };
  const chosen = { files, change: setFiles };
  return {
    field,
    excess,
    text,
    write,
    chosen,
    add,
    isOver,
    suggesting,
    mayGo,
    send,
    keyed,
    insert,
  };
}

function Field(props: FieldProps) {
  const { channel, thread_id, mayAttach } = props;
  const { chosen, excess, add, mayGo, send, insert, ...rest } = useField(props);
  const { space_id, id } = channel;
  return (
    <form
      class={`composer ${rest.isOver ? 'over-it' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <AnsweredLine channel={channel} thread_id={thread_id} />
      <ChosenFiles {...chosen} />
      {excess > 0 && (
        <p class="problem" role="alert">
          {say('too_long', { count: excess })}
        </p>
      )}
      <Suggestions id={`suggestions-${thread_id ?? id}`} of={rest.suggesting} />
      <div class="row">
        {mayAttach && <FilePicker take={add} />}
        <Text channel={channel} thread_id={thread_id} take={mayAttach ? add : null} {...rest} />
        <IconButton
          of="emoji"
          label={say('emoji')}
          aria-haspopup="dialog"
          onClick={(event) => void showPicker({ space_id, at: placeOf(event), take: insert })}
        />
        <button class="drawn send" aria-label={say('send')} disabled={!mayGo}>
          <Icon of="send" />
        </button>
      </div>
      <Typists channel={channel} thread_id={thread_id} />
    </form>
  );
}

interface TextProps extends Shown {
  field: { current: HTMLTextAreaElement | null };
  text: string;
  isOver: boolean;
  suggesting: ReturnType<typeof useSuggestions>;
  write: (text: string, caret: number) => void;
  keyed: (event: KeyboardEvent) => void;
  /** Takes files that are pasted; null where one may not add any. */
  take: ((files: readonly File[]) => void) | null;
}

function Text({ channel, thread_id, field, text, suggesting, take, ...rest }: TextProps) {
  const pasted = (event: ClipboardEvent) => {
    const given = [...(event.clipboardData?.files ?? [])];
    if (given.length === 0 || take === null) return;
    event.preventDefault();
    take(given);
  };
  const name = channelName(channel);
  const label = thread_id === null ? say('write_in', { channel: name }) : say('write_in_thread');
  const listId = `suggestions-${thread_id ?? channel.id}`;
  const isOpen = suggesting.list.length > 0;
  return (
    <textarea
      ref={field}
      rows={1}
      value={text}
      aria-label={label}
      aria-controls={isOpen ? listId : undefined}
      aria-activedescendant={isOpen ? `${listId}-${suggesting.at}` : undefined}
      placeholder={rest.isOver ? say('drop_here') : label}
      onInput={({ currentTarget: { value, selectionStart } }) => {
        rest.write(value, selectionStart);
        if (value !== '') tellTyping(channel.id, thread_id);
      }}
      onKeyDown={rest.keyed}
      onPaste={pasted}
    />
  );
}

function AnsweredLine({ channel, thread_id }: Shown) {
  const answered = answeredIn(channel.id, thread_id);
  if (answered === null) return null;
  return (
    <p class="above">
      {say('answering', { name: nameOf(answered.author_id, channel.space_id) })}
      <IconButton of="close" label={say('close')} onClick={() => (answering.value = null)} />
    </p>
  );
}

function Typists({ channel: { id, space_id }, thread_id }: Shown) {
  const names = typists.value
    .filter((one) => one.channel_id === id && one.thread_id === thread_id)
    .map(({ user_id }) => nameOf(user_id, space_id));
  const [name = '', other = ''] = names;
  const said = [
    '',
    say('typing_one', { name }),
    say('typing_two', { name, other }),
    say('typing_many'),
  ][Math.min(names.length, 3)];
  return (
    <p class="typing" role="status">
      {said}
    </p>
  );
}
