// How loud one hears somebody on this device: a button on their tile, and the dialog behind it.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { maxPercent, setVolume, volumeOf } from '../../store/voice-volumes.ts';
import dialogs from '../../styles/voice-dialogs.css' with { type: 'text' };
import { say } from '../../words/say.ts';
import { IconButton } from '../icon.tsx';
import { wear } from '../wear.ts';

wear(dialogs);

/** Arrow keys and the mouse move it by so much. */
const step_percent = 5;

interface Person {
  user_id: string;
  name: string;
}

export function VolumeButton({ user_id, name }: Person) {
  const [isOpen, setOpen] = useState(false);
  const { percent, isMuted } = volumeOf(user_id);
  const label = say('voice_volume_of', { name });
  const now = isMuted ? say('voice_muted_here') : say('voice_percent', { percent });
  const isUsual = percent === 100 && !isMuted;
  return (
    <>
      <IconButton
        of={isMuted || percent === 0 ? 'unheard' : 'voice'}
        label={isUsual ? label : `${label}: ${now}`}
        class={isUsual ? 'drawn volume' : 'drawn volume set'}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      />
      {isOpen && <VolumeDialog user_id={user_id} name={name} close={() => setOpen(false)} />}
    </>
  );
}

function VolumeDialog({ user_id, name, close }: Person & { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const { percent, isMuted } = volumeOf(user_id);
  const text = say('voice_percent', { percent });
  return (
    <dialog ref={dialog} class="voice-devices" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{say('voice_volume_of', { name })}</h2>
      <div>
        <p class="row">
          <label for={`${id}-range`}>{say('voice_volume')}</label>
          <span aria-hidden="true">{text}</span>
        </p>
        <input
          id={`${id}-range`}
          type="range"
          min={0}
          max={maxPercent}
          step={step_percent}
          value={percent}
          aria-valuetext={text}
          onInput={({ currentTarget }) =>
            setVolume(user_id, { percent: currentTarget.valueAsNumber })
          }
        />
      </div>
      <label class="check">
        <input
          type="checkbox"
          role="switch"
          checked={isMuted}
          onChange={({ currentTarget }) => setVolume(user_id, { isMuted: currentTarget.checked })}
        />
        <span>{say('voice_mute_here')}</span>
      </label>
      <p class="hint">{say('only_this_browser')}</p>
      <form method="dialog">
        <button class="primary">{say('close')}</button>
      </form>
    </dialog>
  );
}
