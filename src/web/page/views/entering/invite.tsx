// An invite: what it leads to, and joining there. Who is a member already goes right in.
import { useEffect, useState } from 'preact/hooks';
import { Refused } from '../../../../client/rest.ts';
import type { Answer } from '../../../../client/wire.ts';
import { go } from '../../store/address.ts';
import { isNewcomer } from '../../store/doors.ts';
import { enterSpace } from '../../store/entering.ts';
import { state } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Mark } from '../face.tsx';
import { reasonOf } from '../form.ts';
import { Page } from '../page.tsx';
import { membersWord } from './members-word.ts';

type Details = Answer<'GET /invites/:code'>;

/** An invite to the server leads into no space: who has just registered by it is where it leads. */
function hasServed(error: unknown): boolean {
  return isNewcomer.peek() && error instanceof Refused && error.status === 404;
}

/** Reads an invite; null if there is nothing to ask, since it leads where one is already. */
async function look(code: string): Promise<Details | null> {
  try {
    const found = await rest.call('GET /invites/:code', { code });
    if (!state.peek()?.spaces.has(found.space.id)) return found;
    enterSpace(found.space.id);
  } catch (error) {
    if (!hasServed(error)) throw error;
    go('#/');
  } finally {
    isNewcomer.value = false;
  }
  return null;
}

export function Invite({ id: code }: { id: string | null }) {
  const [invite, setInvite] = useState<Details | null>(null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const fail = (error: unknown) => setProblem(reasonOf(error));
  useEffect(() => {
    setInvite(null);
    setProblem('');
    if (code === null) return go('#/discover');
    void look(code).then(setInvite).catch(fail);
  }, [code]);
  const accept = () => {
    setBusy(true);
    void rest
      .call('POST /invites/:code/accept', { code: code ?? '' })
      .then(({ space_id }) => enterSpace(space_id))
      .catch(fail)
      .finally(() => setBusy(false));
  };
  return (
    <Page title={say('invite')}>
      <div class="body narrowed invited">
        {invite !== null && <Space invite={invite} />}
        {invite === null && problem === '' && <p role="status">{say('loading')}</p>}
        <p class="problem" role="alert">
          {problem}
        </p>
        {invite === null ? (
          problem !== '' && <a href="#/discover">{say('discover')}</a>
        ) : (
          <button type="button" class="primary" disabled={isBusy} onClick={accept}>
            {say('join_named', { name: invite.space.name })}
          </button>
        )}
      </div>
    </Page>
  );
}

function Space({ invite: { space, inviter, temporary } }: { invite: Details }) {
  const { id, name, icon, description, member_count } = space;
  const by = inviter?.display_name ?? inviter?.username;
  return (
    <>
      <Mark id={id} name={name} picture={icon} />
      <h2>{name}</h2>
      {by !== undefined && <p class="hint">{say('invited_by', { name: by })}</p>}
      {description !== null && <p class="about">{description}</p>}
      <p class="hint">{membersWord(member_count)}</p>
      {temporary && <p class="hint">{say('temporary')}</p>}
    </>
  );
}
