// Who may write to one in private.
import { useState } from 'preact/hooks';
import { linkTo } from '../../store/address.ts';
import { seen } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';

const policies = ['everyone', 'spaces', 'friends'] as const;
type Policy = (typeof policies)[number];

export function Privacy() {
  const policy = seen('user')?.user?.dm_policy;
  const [said, setSaid] = useState({ problem: '', done: '' });
  const choose = (dm_policy: Policy) =>
    void rest
      .call('PATCH /users/@me', { body: { dm_policy } })
      .then(() => setSaid({ problem: '', done: say('saved') }))
      .catch((error: unknown) => setSaid({ problem: reasonOf(error), done: '' }));
  return (
    <>
      <fieldset>
        <legend>{say('who_may_write')}</legend>
        {policies.map((one) => (
          <label class="check" key={one}>
            <input
              type="radio"
              name="dm_policy"
              checked={one === policy}
              onChange={() => choose(one)}
            />
            <span>{say(`dm_${one}`)}</span>
          </label>
        ))}
      </fieldset>
      <p class="done" role="status">
        {said.done}
      </p>
      <p class="problem" role="alert">
        {said.problem}
      </p>
      <p>
        <a href={linkTo.view('home')}>{say('blocks_elsewhere')}</a>
      </p>
    </>
  );
}
