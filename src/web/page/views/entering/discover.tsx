// Finding spaces: the public ones of this server, those that one is invited to, and one's own.
import { useEffect, useState } from 'preact/hooks';
import type { Answer } from '../../../../client/wire.ts';
import { go, linkTo } from '../../store/address.ts';
import { enterSpace } from '../../store/entering.ts';
import { codeIn } from '../../store/invite-code.ts';
import { seen } from '../../store/live.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { Mark } from '../face.tsx';
import { Field, Form, type Texts } from '../fields.tsx';
import { reasonOf } from '../form.ts';
import { Page } from '../page.tsx';
import { MakeSpace } from './make-space.tsx';
import { membersWord } from './members-word.ts';

type Listed = Answer<'GET /spaces/public'>;

const pageSize = 50;

export function Discover() {
  return (
    <Page title={say('discover')}>
      <div class="body discover">
        <section>
          <h2>{say('public_spaces')}</h2>
          <PublicSpaces />
        </section>
        <section>
          <h2>{say('have_invite')}</h2>
          <Form action={say('open_invite')} send={openInvite}>
            <Field
              label={say('invite_or_link')}
              name="invite"
              required
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          </Form>
        </section>
        <section>
          <h2>{say('make_space')}</h2>
          <MakeSpace />
        </section>
      </div>
    </Page>
  );
}

async function openInvite(text: Texts): Promise<void> {
  go(linkTo.view('invite', encodeURIComponent(codeIn(text('invite')))));
}

function PublicSpaces() {
  const [listed, setListed] = useState<Listed | null>(null);
  const [isWhole, setWhole] = useState(false);
  const [problem, setProblem] = useState('');
  const fail = (error: unknown) => setProblem(reasonOf(error));
  const more = async () => {
    const offset = listed?.length ?? 0;
    const query = { limit: pageSize, offset: String(offset) } as never;
    const found = await rest.call('GET /spaces/public', { query });
    setWhole(found.length < pageSize);
    setListed([...(listed ?? []), ...found]);
  };
  useEffect(() => void more().catch(fail), []);
  return (
    <>
      <ul class="cards">
        {listed?.map((one) => (
          <SpaceCard key={one.id} space={one} fail={fail} />
        ))}
      </ul>
      {listed === null && problem === '' && <p role="status">{say('loading')}</p>}
      {listed?.length === 0 && <p class="hint">{say('no_public_spaces')}</p>}
      <p class="problem" role="alert">
        {problem}
      </p>
      {listed !== null && !isWhole && (
        <button type="button" class="plain" onClick={() => void more().catch(fail)}>
          {say('show_more')}
        </button>
      )}
    </>
  );
}

interface Card {
  space: Listed[number];
  fail(error: unknown): void;
}

function SpaceCard({ space: { id, name, icon, description, member_count }, fail }: Card) {
  const [isBusy, setBusy] = useState(false);
  const isMember = seen('spaces')?.spaces.has(id) === true;
  const join = async () => {
    setBusy(true);
    if (!isMember) await rest.call('POST /spaces/:space_id/join', { space_id: id });
    enterSpace(id);
  };
  const press = () =>
    void join()
      .catch(fail)
      .finally(() => setBusy(false));
  return (
    <li>
      <Mark id={id} name={name} picture={icon} />
      <div class="text">
        <h3>{name}</h3>
        {description !== null && <p class="about">{description}</p>}
        <p class="hint">{membersWord(member_count)}</p>
      </div>
      <button
        type="button"
        class={isMember ? 'plain' : 'primary'}
        disabled={isBusy}
        aria-label={say(isMember ? 'open_named' : 'join_named', { name })}
        onClick={press}
      >
        {say(isMember ? 'open' : 'join')}
      </button>
    </li>
  );
}
