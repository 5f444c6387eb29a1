// The messages of a feed as rows, with the days between them and the line of what is new.
import { useRef } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import { byAge } from '../../../../client/shelves.ts';
import type { Channel } from '../../../../client/wire.ts';
import { editing } from '../../store/answering.ts';
import { seen } from '../../store/live.ts';
import { language, say } from '../../words/say.ts';
import { MessageRow } from '../message.tsx';

/** Messages of one author within this time stand below one name. */
const together_ms = 5 * 60_000;

const dayOf = ({ timestamp }: KnownMessage) => new Date(timestamp).toDateString();

function dayName(timestamp: string): string {
  const day = new Date(timestamp);
  const today = new Date();
  if (day.toDateString() === today.toDateString()) return say('today');
  today.setDate(today.getDate() - 1);
  if (day.toDateString() === today.toDateString()) return say('yesterday');
  return day.toLocaleDateString(language.value, { dateStyle: 'full' });
}

export interface RowsProps {
  channel: Channel;
  rows: readonly KnownMessage[];
  /** The newest message that was read before, as `lineIn` has it. */
  line: string | null | undefined;
  /** Whether nothing is older than the rows. */
  isComplete: boolean;
}

/**
 * The first message that is new; undefined where there is none, or where it is not sure that it is the
 * first, since older ones are not loaded.
 */
function firstNewOf(
  { rows, line, isComplete }: Omit<RowsProps, 'channel'>,
  own: string | undefined,
): string | undefined {
  if (line === undefined) return undefined;
  const [oldest] = rows;
  const isSure = isComplete || (oldest !== undefined && byAge(oldest.id, line ?? '') <= 0);
  if (!isSure) return undefined;
  return rows.find(({ id, author_id }) => author_id !== own && byAge(id, line ?? '') > 0)?.id;
}

const differs = (a: Channel, b: Channel): boolean =>
  (Object.keys(b) as (keyof Channel)[]).some(
    (key) => key !== 'last_message_id' && a[key] !== b[key],
  );

/** The channel as rows need it: each message changes `last_message_id`, which is no reason to make them anew. */
function useSteady(channel: Channel): Channel {
  const kept = useRef(channel);
  if (differs(kept.current, channel)) kept.current = channel;
  return kept.current;
}

export function Rows({ channel: given, ...shown }: RowsProps) {
  const channel = useSteady(given);
  const { rows } = shown;
  const firstNew = firstNewOf(shown, seen('user')?.user?.id);
  return (
    <>
      {/* One flat list: in lists of their own, rows would be made anew where others come before them. */}
      {rows.flatMap((message, index) => {
        const before = rows[index - 1];
        const isNewDay = before === undefined || dayOf(before) !== dayOf(message);
        const isNew = message.id === firstNew;
        return [
          isNewDay && (
            <li key={`day ${message.id}`} class="rule">
              {dayName(message.timestamp)}
            </li>
          ),
          isNew && (
            <li key="new" class="rule new">
              {say('new_messages')}
            </li>
          ),
          <MessageRow
            key={message.id}
            message={message}
            channel={channel}
            isJoined={!isNewDay && !isNew && isTogether(before, message)}
            isEdited={editing.value === message.id}
          />,
        ];
      })}
    </>
  );
}

function isTogether(before: KnownMessage | undefined, message: KnownMessage): boolean {
  return (
    before?.author_id === message.author_id &&
    message.reply_to === null &&
    message.title === null &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < together_ms
  );
}
