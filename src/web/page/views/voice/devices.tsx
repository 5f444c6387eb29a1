// The dialog in which one chooses microphone, speakers and camera.
import { useEffect, useRef } from 'preact/hooks';
import {
  canChooseSpeaker,
  choose,
  chosen,
  devices,
  kinds,
  lookAround,
} from '../../store/voice-devices.ts';
import { switchTo } from '../../store/voice.ts';
import dialogs from '../../styles/voice-dialogs.css' with { type: 'text' };
import { say } from '../../words/say.ts';
import { wear } from '../wear.ts';

wear(dialogs);

export function DevicesDialog({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    void lookAround();
    const media = navigator.mediaDevices;
    const look = () => void lookAround();
    media.addEventListener('devicechange', look);
    return () => media.removeEventListener('devicechange', look);
  }, []);
  const offered = kinds.filter((kind) => kind !== 'audiooutput' || canChooseSpeaker);
  return (
    <dialog ref={dialog} class="voice-devices" aria-labelledby="voice-devices" onClose={close}>
      <h2 id="voice-devices">{say('voice_devices')}</h2>
      {offered.map((kind) => (
        <Choice key={kind} kind={kind} />
      ))}
      <form method="dialog">
        <button class="primary">{say('close')}</button>
      </form>
    </dialog>
  );
}

function Choice({ kind }: { kind: (typeof kinds)[number] }) {
  // The one that the system chooses stands first; a browser that names none has not given any yet.
  const found = devices.value.filter(
    (one) => one.kind === kind && one.deviceId !== '' && one.deviceId !== 'default',
  );
  const pick = (id: string) => {
    choose(kind, id);
    void switchTo(kind, id === '' ? 'default' : id);
  };
  return (
    <label>
      {say(`voice_${kind}`)}
      <select value={chosen(kind)} onChange={(event) => pick(event.currentTarget.value)}>
        <option value="">{say('voice_default')}</option>
        {found.map(({ deviceId, label }, index) => (
          <option key={deviceId} value={deviceId}>
            {label || say('voice_unnamed', { number: index + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}
