// The REST surface of a made-up feature, and what others hear of it.
import { z } from 'zod';
import { spaceMember } from '../../../src/access/rules.ts';
import { event } from '../../../src/events/event.ts';
import { record } from '../../../src/features/spaces/audit-log/actions.ts';
import { Id } from '../../../src/features/shapes.ts';
import { endpoint } from '../../../src/http/endpoint.ts';

const Note = z.object({ id: Id, space_id: Id, content: z.string() });

export const noteCreated = event('note.create', {
  summary: 'Somebody has left a note',
  intent: 'messages',
  audience: 'space',
  data: Note,
});

export const leaveNote = endpoint({
  method: 'POST',
  path: '/spaces/:space_id/notes',
  summary: 'Leave a note in a space',
  access: spaceMember,
  body: Note.pick({ content: true }),
  returns: Note,
  run({ turn, actor, space, body: { content } }) {
    const { id: space_id } = space;
    const note = { id: turn.id(), space_id, content };
    const insert = turn.tx.sqlite.query('INSERT INTO notes VALUES (?, ?, ?, ?)');
    insert.run(note.id, space_id, actor.id, content);
    turn.tell(noteCreated, { space_id }, note);
    record(turn, { actor, space }, { action: 'note_create' });
    return note;
  },
});
