// Whose drafts this browser keeps: a login may end by itself, and somebody else may come next.
import { forgetOwn, keep, readKept } from './kept.ts';
import { onHeard } from './live.ts';

onHeard((event) => {
  if (event.type !== 'ready') return;
  const id = event.data.user?.id;
  const owner = readKept('owner');
  if (id === undefined || owner === id) return;
  if (owner !== null) forgetOwn();
  keep('owner', id);
});
