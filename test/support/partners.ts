// Whether people of a conversation hear of each other beyond it: another name, another status.

/** False while only those who share a space are told of one another. */
export const partnersHear = false;

/** A conversation as far as its people are told of it. */
export function asTold(conversation: any): any {
  if (partnersHear) return conversation;
  const recipients = conversation.recipients.map(({ id }: { id: string }) => ({ id }));
  return { ...conversation, recipients };
}
