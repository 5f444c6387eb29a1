// What one can do with somebody: write to them, be friends, block.
import { relationWith } from '../../../../client/relations.ts';
import { seen } from '../../store/live.ts';
import { befriend, block, isSelf, part, talkTo } from '../../store/people.ts';
import { say } from '../../words/say.ts';
import { Deed, type Deeds } from './deed.tsx';

interface Shown {
  id: string;
  name: string;
  isBot: boolean;
  deeds: Deeds;
  /** Whether only what one does often is offered: a row has little room. */
  isBrief?: boolean;
  /** What follows once a conversation is open. */
  left?: () => void;
}

export function PersonDeeds({ id, name, isBot, deeds, isBrief = false, left }: Shown) {
  const state = seen('relations', 'user');
  if (state === null || isSelf(id)) return null;
  const between = relationWith(state, id);
  const isBlocked = between === 'blocked';
  const isAsked = between === 'incoming';
  const mayWrite = !isBlocked && !(isBrief && (isAsked || between === 'outgoing'));
  const of = { deeds, name };
  return (
    <div class="deeds">
      {mayWrite && (
        <Named {...of} says="write_to" run={() => talkTo([id])} then={left} class="primary" />
      )}
      {between === null && !isBot && <Named {...of} says="befriend" run={() => befriend(id)} />}
      {isAsked && (
        <Named {...of} says="accept" run={() => befriend(id)} class={mayWrite ? '' : 'primary'} />
      )}
      {isAsked && <Named {...of} says="decline" run={() => part(id)} />}
      {between === 'outgoing' && <Named {...of} says="take_back" run={() => part(id)} />}
      {between === 'friend' && !isBrief && (
        <Named {...of} says="unfriend" run={() => part(id)} isFinal />
      )}
      {isBlocked && <Named {...of} says="unblock" run={() => part(id)} />}
      {!isBlocked && !isBrief && (
        <Named {...of} says="block" run={() => block(id)} class="bad" isFinal />
      )}
    </div>
  );
}

type Words = Parameters<typeof say>[0];

interface NamedShown {
  deeds: Deeds;
  name: string;
  says: Words;
  run: () => Promise<unknown>;
  then?: (() => void) | undefined;
  class?: string;
  isFinal?: boolean;
}

/** A deed with its word; who hears the page is told of whom. */
export function Named({ name, says, ...rest }: NamedShown) {
  return (
    <Deed {...rest} label={`${say(says)}: ${name}`}>
      {say(says)}
    </Deed>
  );
}
