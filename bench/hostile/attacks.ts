// All attacks, in the order in which they are tried.
import type { Attack } from './attack';
import { bodies } from './bodies';
import { gateway } from './gateway';
import { messages } from './messages';
import { readsByStrangers } from './reads';
import { spaces } from './spaces';

export const attacks: readonly Attack[] = [
  ...bodies,
  ...readsByStrangers,
  ...messages,
  ...spaces,
  ...gateway,
];
