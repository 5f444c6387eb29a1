-- The search index is merged in slices, in turns of their own: left to SQLite, a turn that enters messages merges as well,
-- for as long as it takes. Sixteen segments become one, since a word's list of messages is merged in one piece, however long
-- it is: the larger the step, the rarer. Only a level of 128 segments, which no server should reach, is still merged at once.
INSERT INTO `message_search` (`message_search`, `rank`) VALUES ('automerge', 0);
--> statement-breakpoint
INSERT INTO `message_search` (`message_search`, `rank`) VALUES ('usermerge', 16);
--> statement-breakpoint
INSERT INTO `message_search` (`message_search`, `rank`) VALUES ('crisismerge', 128);
--> statement-breakpoint
-- Each message has the token of its space now, so that a search in many channels need not name them all. The texts are not
-- in the index, so it is made anew, by the server while it runs.
INSERT INTO `message_search` (`message_search`) VALUES ('delete-all');
