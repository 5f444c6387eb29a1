-- One emoji is counted together, whether a keyboard adds the selector U+FE0F or not and whatever name stands before the id of a
-- custom one: each message keeps the spelling that came first on it, and everybody one reaction with it.
CREATE TEMP TABLE `respelled` AS
	WITH spellings AS (
		SELECT message_id, emoji, min(n) AS first_n, instr(emoji, ':') AS colon FROM reactions GROUP BY message_id, emoji
	), keyed AS (
		SELECT message_id, emoji, first_n, CASE
				WHEN colon > 1 AND length(emoji) > colon AND substr(emoji, 1, colon - 1) NOT GLOB '*[^A-Za-z0-9_]*'
					AND substr(emoji, colon + 1) NOT GLOB '*[^0-9]*'
				THEN char(1) || substr(emoji, colon) ELSE replace(emoji, char(65039), '') END AS key
			FROM spellings
	), named AS (
		SELECT message_id, emoji, first_value(emoji) OVER (PARTITION BY message_id, key ORDER BY first_n) AS shown FROM keyed
	)
	SELECT message_id, emoji, shown FROM named WHERE shown <> emoji;
--> statement-breakpoint
UPDATE OR IGNORE `reactions` SET emoji = respelled.shown FROM respelled
	WHERE reactions.message_id = respelled.message_id AND reactions.emoji = respelled.emoji;
--> statement-breakpoint
-- Whoever had reacted in both ways has the row of the first one already.
DELETE FROM `reactions` WHERE (message_id, emoji) IN (SELECT message_id, emoji FROM respelled);
--> statement-breakpoint
DROP TABLE `respelled`;
