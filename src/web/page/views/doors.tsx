// The doors: logging in, and making an account.
import { useState } from 'preact/hooks';
import { enter, rest } from '../store/session.ts';
import { say } from '../words/say.ts';
import { reasonOf, textsOf } from './form.ts';

async function signIn(isNew: boolean, form: HTMLFormElement): Promise<void> {
  const text = textsOf(form);
  const body = { username: text('username'), password: text('password') };
  const answer = isNew
    ? await rest.call('POST /auth/register', { body })
    : await rest.call('POST /auth/login', { body });
  if ('token' in answer) await enter(answer.token);
}

export function Doors() {
  const [isNew, setNew] = useState(false);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    void signIn(isNew, event.currentTarget as HTMLFormElement)
      .catch((error: unknown) => setProblem(reasonOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <main class="doors">
      <form onSubmit={submit}>
        <h1>{say('welcome', { server: location.host })}</h1>
        <label>
          {say('username')}
          <input
            name="username"
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
          />
        </label>
        <label>
          {say('password')}
          <input
            name="password"
            type="password"
            required
            minLength={isNew ? 8 : 1}
            autocomplete={isNew ? 'new-password' : 'current-password'}
          />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <button class="primary" disabled={isBusy}>
          {say(isNew ? 'register' : 'log_in')}
        </button>
        <button type="button" class="link" onClick={() => setNew(!isNew)}>
          {say(isNew ? 'have_account' : 'need_account')}
        </button>
      </form>
    </main>
  );
}
