// Changes the text of a message in its place.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import { editing } from '../../store/answering.ts';
import { changeText } from '../../store/deeds.ts';
import { say } from '../../words/say.ts';
import { useGrowing } from '../growing.ts';

export function Editor({ message }: { message: KnownMessage }) {
  const [text, setText] = useState(message.content);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowing(field, text);
  useEffect(() => {
    const box = field.current;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }, []);
  const end = () => {
    const row = field.current?.closest<HTMLElement>('[data-id]');
    editing.value = null;
    row?.focus({ preventScroll: true });
  };
  const save = async () => {
    const content = text.trim();
    const mayBeEmpty = message.attachments.length > 0;
    if (isBusy || (content === '' && !mayBeEmpty)) return;
    if (content === message.content) return end();
    setBusy(true);
    const isDone = await changeText(message, content);
    setBusy(false);
    if (isDone) end();
  };
  const keyed = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === 'Escape') return end();
    const isSaved =
      event.key === 'Enter' && !event.shiftKey && matchMedia('(hover: hover)').matches;
    if (!isSaved) return;
    event.preventDefault();
    void save();
  };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label={say('edit_message')}
        onInput={({ currentTarget: { value } }) => setText(value)}
        onKeyDown={keyed}
      />
      <div class="choices">
        <button type="button" class="link" onClick={end}>
          {say('cancel')}
        </button>
        <button class="link" disabled={isBusy}>
          {say('save')}
        </button>
      </div>
    </form>
  );
}
