// Asks once more before something is done that cannot be undone.
import { say } from '../../words/say.ts';
import { Dialog } from './dialog.tsx';
import { close } from './overlay.ts';

export interface ConfirmProps {
  question: string;
  /** What the button says. */
  deed: string;
  run: () => void;
}

export function Confirm({ question, deed, run }: ConfirmProps) {
  const sure = () => {
    close();
    setTimeout(run);
  };
  return (
    <Dialog label={question} kind="confirm">
      <p>{question}</p>
      <div class="choices">
        <button type="button" class="second" onClick={close}>
          {say('cancel')}
        </button>
        <button type="button" class="primary bad" autofocus onClick={sure}>
          {deed}
        </button>
      </div>
    </Dialog>
  );
}
