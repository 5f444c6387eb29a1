// Where one writes: a draft for each channel, files by button, drop and paste, Enter to send.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { canInChannel } from '../../../client/permissions.ts';
import type { Channel } from '../../../client/wire.ts';
import { answeredIn, answering } from '../store/answering.ts';
import { keep, readKept } from '../store/kept.ts';
import { seen } from '../store/live.ts';
import { channelName, nameOf } from '../store/names.ts';
import { post } from '../store/outbox.ts';
import { stopTyping, tellTyping, typists } from '../store/typing.ts';
import { say } from '../words/say.ts';
import { Icon, IconButton } from './icon.tsx';

interface Shown {
  channel: Channel;
  thread_id: string | null;
}

const canHover = () => matchMedia('(hover: hover)').matches;

export function Composer({ channel, thread_id }: Shown) {
  const state = seen('user', 'members', 'roles', 'channels', 'conversations', 'relations');
  const can = state === null ? () => false : canInChannel(state, channel);
  const mayWrite = can('send_messages') && (thread_id === null || can('send_in_threads'));
  if (channel.archived) return <p class="composer closed">{say('archived')}</p>;
  if (!mayWrite) return <p class="composer closed">{say('may_not_write')}</p>;
  return <Field channel={channel} thread_id={thread_id} mayAttach={can('attach_files')} />;
}

function useDraft(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => readKept(key) ?? '');
  const write = (given: string) => {
    setText(given);
    keep(key, given === '' ? null : given);
  };
  return [text, write];
}

/** Files that are dropped anywhere on the page; tells whether some are over it. */
function useDrop(isWanted: boolean, take: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!isWanted || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(event.type === 'dragover');
      if (event.type === 'drop') take([...event.dataTransfer.files]);
    };
    const types = ['dragover', 'dragleave', 'drop'] as const;
    for (const type of types) addEventListener(type, drag);
    return () => {
      for (const type of types) removeEventListener(type, drag);
    };
  });
  return isOver;
}

/** Whoever begins to type means the message, wherever the focus is. */
function useTypeAnywhere(field: { readonly current: HTMLTextAreaElement | null }): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const at = document.activeElement;
      const isLetter = event.key.length === 1 && event.key !== ' ';
      if (!isLetter || event.ctrlKey || event.metaKey || event.altKey) return;
      if (at === document.body || at?.classList.contains('scroller')) field.current?.focus();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

function Field({ channel, thread_id, mayAttach }: Shown & { mayAttach: boolean }) {
  const { id: channel_id } = channel;
  const [text, write] = useDraft(`draft:${channel_id}/${thread_id ?? ''}`);
  const [files, setFiles] = useState<readonly File[]>([]);
  const field = useRef<HTMLTextAreaElement>(null);
  const answered = answeredIn(channel_id, thread_id);
  const add = (more: readonly File[]) => setFiles((before) => [...before, ...more]);
  const isOver = useDrop(mayAttach, add);
  useTypeAnywhere(field);
  useGrowing(field, text);
  useEffect(() => {
    if (answered !== null || canHover()) field.current?.focus();
  }, [answered?.id]);
  const isEmpty = text.trim() === '' && files.length === 0;
  const send = () => {
    if (isEmpty) return;
    const reply_to = answered?.id ?? null;
    post({ channel_id, thread_id, content: text.trim(), files, reply_to });
    write('');
    setFiles([]);
    answering.value = null;
    stopTyping();
    field.current?.focus();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send();
  };
  const pasted = (event: ClipboardEvent) => {
    const given = [...(event.clipboardData?.files ?? [])];
    if (given.length === 0 || !mayAttach) return;
    event.preventDefault();
    add(given);
  };
  const label = say('write_in', { channel: channelName(channel) });
  return (
    <form class={`composer ${isOver ? 'over' : ''}`} onSubmit={submit}>
      <AnsweredLine channel={channel} thread_id={thread_id} />
      <Files files={files} change={setFiles} />
      <div class="row">
        {mayAttach && <Picker take={add} />}
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={label}
          placeholder={isOver ? say('drop_here') : label}
          onInput={({ currentTarget: { value } }) => {
            write(value);
            if (value !== '') tellTyping(channel_id);
          }}
          onKeyDown={(event) => keyed(event, send)}
          onPaste={pasted}
        />
        <button class="drawn send" aria-label={say('send')} disabled={isEmpty}>
          <Icon of="send" />
        </button>
      </div>
      <Typists channel={channel} />
    </form>
  );
}

/** Enter sends where there is a keyboard; on a telephone it begins a line. */
function keyed(event: KeyboardEvent, send: () => void): void {
  if (event.isComposing) return;
  if (event.key === 'Escape') answering.value = null;
  if (event.key !== 'Enter' || event.shiftKey || !canHover()) return;
  event.preventDefault();
  send();
}

/** Makes a field as high as its text, up to a part of the window. */
function useGrowing(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, innerHeight * 0.4)}px`;
  }, [text]);
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

/** The button that picks files. */
function Picker({ take }: { take: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton of="plus" label={say('attach')} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          take([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}

function Files({
  files,
  change,
}: {
  files: readonly File[];
  change: (files: readonly File[]) => void;
}) {
  if (files.length === 0) return null;
  return (
    <ul class="above">
      {files.map((file, index) => (
        <li key={`${index} ${file.name}`}>
          <Icon of="attach" /> {file.name}
          <IconButton
            of="close"
            label={say('remove_file', { name: file.name })}
            onClick={() => change(files.filter((_, at) => at !== index))}
          />
        </li>
      ))}
    </ul>
  );
}

function Typists({ channel: { id, space_id } }: { channel: Channel }) {
  const names = typists.value
    .filter((one) => one.channel_id === id)
    .map(({ user_id }) => nameOf(user_id, space_id));
  const [name = '', other = ''] = names;
  const said =
    names.length === 0
      ? ''
      : names.length === 1
        ? say('typing_one', { name })
        : names.length === 2
          ? say('typing_two', { name, other })
          : say('typing_many');
  return (
    <p class="typing" role="status">
      {said}
    </p>
  );
}
