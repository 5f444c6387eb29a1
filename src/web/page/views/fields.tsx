// What forms are made of: fields with their labels and hints, passwords that can be shown, and sending.
import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useId, useState } from 'preact/hooks';
import { say } from '../words/say.ts';
import { reasonOf, textsOf } from './form.ts';

/** Reads the fields of a form by their names. */
export type Texts = (name: string) => string;

interface Sent {
  /** What its button says. */
  action: string;
  /** Sends it; what it throws is shown. */
  send(text: Texts): Promise<void>;
  /** What is said once it was sent. */
  done?: string;
  /** Whether the fields are emptied then. */
  isOnce?: boolean;
  isGrave?: boolean;
  children?: ComponentChildren;
}

export function Form({ action, send, done, isOnce = false, isGrave = false, children }: Sent) {
  const [said, setSaid] = useState({ problem: '', done: '' });
  const [isBusy, setBusy] = useState(false);
  const run = async (form: HTMLFormElement) => {
    setBusy(true);
    setSaid({ problem: '', done: '' });
    try {
      await send(textsOf(form));
      if (isOnce) form.reset();
      setSaid({ problem: '', done: done ?? '' });
    } catch (error) {
      setSaid({ problem: reasonOf(error), done: '' });
    }
    setBusy(false);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run(event.currentTarget as HTMLFormElement);
  };
  return (
    <form class="form" onSubmit={submit}>
      {children}
      <p class="problem" role="alert">
        {said.problem}
      </p>
      <div class="row">
        <button class={isGrave ? 'primary grave' : 'primary'} disabled={isBusy}>
          {action}
        </button>
        <span class="done" role="status">
          {said.done}
        </span>
      </div>
    </form>
  );
}

interface Named {
  label: string;
  name: string;
  hint?: string | undefined;
}

type Known =
  | 'required'
  | 'maxLength'
  | 'pattern'
  | 'defaultValue'
  | 'inputMode'
  | 'autocomplete'
  | 'autocapitalize'
  | 'spellcheck';
type Input = Named & Pick<InputHTMLAttributes, Known>;

export function Field({ label, name, hint, ...rest }: Input) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} name={name} aria-describedby={hint && `${id}-hint`} {...rest} />
      <Hint id={`${id}-hint`} text={hint} />
    </div>
  );
}

interface Long extends Named {
  maxLength: number;
  value?: string;
}

export function LongField({ label, name, hint, maxLength, value }: Long) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        rows={3}
        maxLength={maxLength}
        defaultValue={value ?? ''}
        aria-describedby={hint && `${id}-hint`}
      />
      <Hint id={`${id}-hint`} text={hint} />
    </div>
  );
}

function Hint({ id, text }: { id: string; text: string | undefined }) {
  return text === undefined ? null : (
    <p id={id} class="hint">
      {text}
    </p>
  );
}

/** A password, which one may look at: nobody has to type a new one twice. */
export function PasswordField({ label, name, hint, isNew }: Named & { isNew: boolean }) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="secret">
        <input
          id={id}
          name={name}
          {...(isShown ? ({ type: 'text' } as const) : ({ type: 'password' } as const))}
          required
          minLength={isNew ? 8 : 1}
          autocomplete={isNew ? 'new-password' : 'current-password'}
          autocapitalize="none"
          spellcheck={false}
          aria-describedby={hint && `${id}-hint`}
        />
        <button
          type="button"
          class="link"
          aria-pressed={isShown}
          aria-label={say('show_field', { label })}
          onClick={() => setShown(!isShown)}
        >
          {say(isShown ? 'hide' : 'show')}
        </button>
      </div>
      <Hint id={`${id}-hint`} text={hint} />
    </div>
  );
}

interface Box {
  name: string;
  required?: boolean;
  children: ComponentChildren;
}

export function Check({ name, required = false, children }: Box) {
  return (
    <label class="check">
      <input type="checkbox" name={name} value="yes" required={required} />
      <span>{children}</span>
    </label>
  );
}
