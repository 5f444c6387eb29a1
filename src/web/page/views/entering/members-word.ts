// How many members a space has, in words.
import { language, say } from '../../words/say.ts';

export const membersWord = (count: number): string =>
  count === 1
    ? say('one_member')
    : say('many_members', { count: count.toLocaleString(language.value) });
