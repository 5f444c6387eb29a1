// An emoji as it is shown: a character, or the picture of a space's own one.
import { spelled } from '../../store/emojis.ts';

export function EmojiSign({ emoji }: { emoji: string }) {
  const { name, picture } = spelled(emoji);
  if (picture === null) return <>{name}</>;
  return <img class="emoji" src={picture} alt={name} title={name} loading="lazy" />;
}
