// What one can do with a channel, a category, a conversation or a space: read it, mute it, leave it.
import type { Channel } from '../../../../client/wire.ts';
import { channel_id, go, linkTo } from '../../store/address.ts';
import { seen } from '../../store/live.ts';
import { channelName } from '../../store/names.ts';
import { closeConversation, isSelf, leaveSpace, renameGroup } from '../../store/people.ts';
import { markRead, mute, unreadThreads } from '../../store/reading.ts';
import { say } from '../../words/say.ts';
import { textsOf } from '../form.ts';
import { Icon } from '../icon.tsx';
import { channelsIn, idsIn } from '../places.ts';
import { Deed, Problem, useDeeds, type Deeds } from './deed.tsx';
import { Dialog, Head } from './dialog.tsx';
import { opened, shut, type At } from './opened.ts';

export function ChannelMenu({ id, at }: { id: string; at: At }) {
  const deeds = useDeeds();
  const channel = seen('channels', 'conversations')?.channel(id);
  if (channel === undefined) return null;
  const { space_id, type } = channel;
  const inside = type === 'category' ? under(channel) : [id];
  return (
    <Dialog label={channelName(channel)} at={at}>
      <div class="menu">
        <Head>{channelName(channel)}</Head>
        <ReadDeed ids={inside} deeds={deeds} />
        <MuteDeed channel={channel} deeds={deeds} />
        {space_id === null && <ConversationDeeds channel={channel} deeds={deeds} />}
        <Problem deeds={deeds} />
      </div>
    </Dialog>
  );
}

/** The channels that stand in a category. */
function under({ id, space_id }: Channel): string[] {
  return channelsIn(space_id ?? '').flatMap((one) => (one.parent_id === id ? [one.id] : []));
}

function ReadDeed({ ids, deeds }: { ids: readonly string[]; deeds: Deeds }) {
  const unread = seen('unread')?.unread;
  const isAny =
    ids.some((id) => unread?.has(id)) ||
    unreadThreads.value.some(({ channel_id: at }) => ids.includes(at));
  if (!isAny) return <p class="quiet">{say('all_read')}</p>;
  return (
    <Deed deeds={deeds} of="check" run={() => markRead(ids)} then={shut}>
      {say('mark_read')}
    </Deed>
  );
}

function MuteDeed({ channel: { id, parent_id }, deeds }: { channel: Channel; deeds: Deeds }) {
  const mutes = seen('mutes')?.mutes;
  const isMuted = mutes?.has(id) ?? false;
  // What a category mutes stays muted with it.
  if (parent_id !== null && mutes?.has(parent_id)) {
    return <p class="quiet">{say('muted_above')}</p>;
  }
  return (
    <Deed deeds={deeds} of={isMuted ? 'bell' : 'silent'} run={() => mute(id, !isMuted)} then={shut}>
      {say(isMuted ? 'unmute' : 'mute')}
    </Deed>
  );
}

function ConversationDeeds({ channel, deeds }: { channel: Channel; deeds: Deeds }) {
  const { id, type, owner_id } = channel;
  const isGroup = type === 'group_dm';
  const isOwner = isSelf(owner_id ?? '');
  const left = () => {
    shut();
    if (channel_id.peek() === id) go(linkTo.view('home'));
  };
  return (
    <>
      {isGroup && isOwner && (
        <>
          <Rename channel={channel} deeds={deeds} />
          <button
            type="button"
            class="deed"
            onClick={() => (opened.value = { of: 'talk', group_id: id })}
          >
            <Icon of="plus" /> <span>{say('add_people')}</span>
          </button>
        </>
      )}
      <Deed
        deeds={deeds}
        of={isGroup ? 'leave' : 'close'}
        class={isGroup ? 'bad' : ''}
        isFinal={isGroup}
        run={() => closeConversation(id)}
        then={left}
      >
        {say(isGroup ? 'leave_group' : 'close_conversation')}
      </Deed>
    </>
  );
}

function Rename({ channel: { id, name }, deeds }: { channel: Channel; deeds: Deeds }) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const text = textsOf(event.currentTarget as HTMLFormElement);
    if (await deeds.run(() => renameGroup(id, text('name').trim()))) shut();
  };
  return (
    <form class="rename" onSubmit={(event) => void submit(event)}>
      <label>
        {say('group_name')}
        <input name="name" defaultValue={name} maxLength={100} required autocomplete="off" />
      </label>
      <button class="deed">{say('rename')}</button>
    </form>
  );
}

export function SpaceMenu({ id, at }: { id: string; at: At }) {
  const deeds = useDeeds();
  const space = seen('spaces')?.spaces.get(id);
  if (space === undefined) return null;
  return (
    <Dialog label={space.name} at={at}>
      <div class="menu">
        <Head>{space.name}</Head>
        {space.description && <p class="quiet">{space.description}</p>}
        <ReadDeed ids={idsIn(id)} deeds={deeds} />
        {!isSelf(space.owner_id) && (
          <Deed deeds={deeds} of="leave" class="bad" isFinal run={() => leaveSpace(id)} then={shut}>
            {say('leave_space')}
          </Deed>
        )}
        <Problem deeds={deeds} />
      </div>
    </Dialog>
  );
}
