-- What people did that is about no story: with editions (the subject is the output) and with sources.
CREATE TABLE desk_log (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    by      TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT
) STRICT;
