// All attacks, in the order in which they are tried.
import { accounts } from './accounts';
import type { Attack } from './attack';
import { bodies } from './bodies';
import { conversations } from './conversations';
import { gateway } from './gateway';
import { messages } from './messages';
import { reading } from './reads';
import { spaces } from './spaces';

export const attacks: readonly Attack[] = [
  ...bodies,
  ...reading,
  ...messages,
  ...spaces,
  ...conversations,
  ...gateway,
  ...accounts,
];
