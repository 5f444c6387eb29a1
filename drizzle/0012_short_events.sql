-- What a message's row says, the event log does not keep again; its size is counted anew, with all that a row takes.
ALTER TABLE `events` ADD `sent_bytes` integer;--> statement-breakpoint
UPDATE event_log SET size_bytes = 0, counted_seq = 0;--> statement-breakpoint
DELETE FROM event_shares;
