// The card of somebody: who they are, what they are here, and what one can do with them.
import { useEffect, useState } from 'preact/hooks';
import { memberKey } from '../../../../client/shelves.ts';
import type { Answer } from '../../../../client/wire.ts';
import { seen } from '../../store/live.ts';
import { nameOf, personOf } from '../../store/names.ts';
import { isSelf, removeFromGroup } from '../../store/people.ts';
import { statusOf } from '../../store/presence.ts';
import { rest } from '../../store/session.ts';
import { language, say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { statusWord } from '../status.tsx';
import { Problem, useDeeds, type Deeds } from './deed.tsx';
import { Dialog, Head } from './dialog.tsx';
import { shut } from './opened.ts';
import { Named, PersonDeeds } from './person-deeds.tsx';

const dateOf = (time: string) =>
  new Date(time).toLocaleDateString(language.value, { dateStyle: 'long' });

interface Shown {
  id: string;
  channel_id: string | null;
}

export function PersonCard({ id, channel_id }: Shown) {
  const deeds = useDeeds();
  const channel = seen('channels', 'conversations')?.channel(channel_id ?? '');
  const space_id = channel?.space_id ?? null;
  const person = personOf(id);
  const name = nameOf(id, space_id);
  const status = statusOf(id);
  return (
    <Dialog label={name}>
      <div class="card">
        <Head>{name}</Head>
        <div class="who">
          <Face id={id} space_id={space_id} />
          <div>
            {person !== null && <p class="username">@{person.username}</p>}
            <p class="quiet">
              <span class={`status ${status}`} aria-hidden="true" /> {statusWord(status)}
              {person?.bot && ` · ${say('bot')}`}
            </p>
          </div>
        </div>
        {person?.bio && <p class="bio">{person.bio}</p>}
        <Facts id={id} space_id={space_id} since={person?.created_at ?? null} />
        {!isSelf(id) && !person?.bot && <Mutual id={id} />}
        <Problem deeds={deeds} />
        <PersonDeeds id={id} name={name} isBot={person?.bot ?? false} deeds={deeds} left={shut} />
        <FromGroup id={id} name={name} group_id={channel_id} deeds={deeds} />
      </div>
    </Dialog>
  );
}

interface Known {
  id: string;
  space_id: string | null;
  since: string | null;
}

function Facts({ id, space_id, since }: Known) {
  const state = seen('members', 'roles', 'spaces');
  const member = state?.members.get(memberKey({ space_id: space_id ?? '', user_id: id }));
  const space = state?.spaces.get(space_id ?? '');
  const roles = (member?.roles ?? [])
    .flatMap((role_id) => state?.roles.get(role_id) ?? [])
    .toSorted((a, b) => b.position - a.position);
  return (
    <dl>
      {since !== null && <Fact name={say('account_since')}>{dateOf(since)}</Fact>}
      {member !== undefined && space !== undefined && (
        <Fact name={say('member_since', { space: space.name })}>{dateOf(member.joined_at)}</Fact>
      )}
      {space !== undefined && space.owner_id === id && (
        <Fact name={say('owner')}>{space.name}</Fact>
      )}
      {roles.length > 0 && (
        <Fact name={say('roles')}>{roles.map((role) => role.name).join(', ')}</Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type Friends = Answer<'GET /users/:user_id/mutual-friends'>;

/** Friends of both. Where they cannot be asked for, the card does without. */
function Mutual({ id }: { id: string }) {
  const [friends, setFriends] = useState<Friends>([]);
  useEffect(() => {
    const query = { limit: '25' };
    rest
      .call('GET /users/:user_id/mutual-friends', { user_id: id, query })
      .then(setFriends, () => undefined);
  }, [id]);
  if (friends.length === 0) return null;
  const names = friends.map(({ display_name, username }) => display_name ?? username);
  return (
    <p class="quiet">
      {say('mutual_friends')} {names.join(', ')}
    </p>
  );
}

interface InGroup {
  id: string;
  name: string;
  group_id: string | null;
  deeds: Deeds;
}

/** Who has made a group can take others out of it. */
function FromGroup({ id, name, group_id, deeds }: InGroup) {
  const group = seen('conversations')?.conversations.get(group_id ?? '');
  const isIn = group?.recipients?.some((one) => one.id === id) ?? false;
  if (group?.type !== 'group_dm' || !isIn || !isSelf(group.owner_id ?? '')) return null;
  return (
    <div class="deeds">
      <Named
        deeds={deeds}
        name={name}
        says="take_out"
        class="bad"
        run={() => removeFromGroup(group.id, id)}
        then={shut}
        isFinal
      />
    </div>
  );
}
