-- The file that a change of the sources is about to replace, and the SHA-256 of what it says before, until the change is made.
ALTER TABLE desk_log ADD COLUMN pending TEXT;
