"""Each verb is one function in the database, so that it is one round trip and one transaction; time is the server's.

Times are seconds since `ORIGIN` (store/jail.py says what the functions on strikes do, and why). Counters are UNLOGGED:
they are empty after a crash of the server, which errs towards callers for as long as a burst takes to come back.
Everything else is as durable as the server's `synchronous_commit` says.
"""

from __future__ import annotations

import hashlib

ORIGIN = 1_700_000_000  # seconds since the epoch
_LOCK = 7_598_815_190_013_249_125  # "ostiary" and more: the advisory lock under which the schema is made

_TABLES = """
CREATE UNLOGGED TABLE IF NOT EXISTS {s}.counters (key bytea PRIMARY KEY, until float8 NOT NULL) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS {s}.quotas
    (key bytea, ends float8, spent bigint NOT NULL, until float8 NOT NULL, PRIMARY KEY (key, ends))
    WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS {s}.strikes
    (key bytea PRIMARY KEY, failed int NOT NULL, pending int NOT NULL, latest float8 NOT NULL, jailed float8 NOT NULL,
     step int NOT NULL, until float8 NOT NULL) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS {s}.vouchers (key bytea PRIMARY KEY, until float8 NOT NULL);
CREATE TABLE IF NOT EXISTS {s}.once (key bytea PRIMARY KEY, until float8 NOT NULL);
CREATE TABLE IF NOT EXISTS {s}.replies
    (key bytea PRIMARY KEY, fingerprint bytea NOT NULL, until float8 NOT NULL, reply bytea);
CREATE TABLE IF NOT EXISTS {s}.orders (what bytea PRIMARY KEY, until float8 NOT NULL, why bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {s}.versions (name text PRIMARY KEY, value text NOT NULL);
"""

_COUNTS = """
CREATE OR REPLACE FUNCTION {s}.seconds(given float8) RETURNS float8 LANGUAGE sql AS
    $$ SELECT coalesce(given, extract(epoch FROM clock_timestamp())::float8 - {origin}) $$;

CREATE OR REPLACE FUNCTION {s}.take(
    k bytea, step float8, room float8, fewest int, most int, given float8,
    OUT units int, OUT wait float8, OUT rest int
) LANGUAGE plpgsql AS $$
DECLARE
    t float8; due float8; debt float8;
BEGIN
    SELECT c.until INTO due FROM {s}.counters c WHERE c.key = k FOR UPDATE;
    IF NOT FOUND THEN  -- whoever comes second waits for the first, and finds what it wrote
        INSERT INTO {s}.counters AS c VALUES (k, '-infinity') ON CONFLICT (key) DO UPDATE SET until = c.until
            RETURNING c.until INTO due;
    END IF;
    t := {s}.seconds(given);
    debt := greatest(0, due - t);
    IF debt > room THEN  -- a clock was set back, or the rate is another: nobody owes more than a burst
        debt := room;
        UPDATE {s}.counters c SET until = t + debt WHERE c.key = k;
    END IF;
    rest := floor((room - debt + 0.000001) / step);
    units := 0;
    wait := 0;
    IF rest < fewest THEN
        wait := debt + step * fewest - room;
        RETURN;
    END IF;
    units := least(most, rest);
    rest := rest - units;
    IF units > 0 THEN
        UPDATE {s}.counters c SET until = t + debt + step * units WHERE c.key = k;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION {s}.give(k bytea, back float8) RETURNS void LANGUAGE sql AS
    $$ UPDATE {s}.counters SET until = until - back WHERE key = k $$;

CREATE OR REPLACE FUNCTION {s}.spend(
    k bytea, closes float8, most bigint, cost bigint, seconds float8, OUT fits boolean, OUT rest bigint
) LANGUAGE plpgsql AS $$
DECLARE
    now_spent bigint;
BEGIN
    IF cost <= most THEN
        INSERT INTO {s}.quotas AS q VALUES (k, closes, cost, {s}.seconds(NULL) + seconds)
            ON CONFLICT (key, ends) DO UPDATE SET spent = q.spent + cost WHERE q.spent + cost <= most
            RETURNING q.spent INTO now_spent;
        IF FOUND THEN
            fits := true;
            rest := most - now_spent;
            RETURN;
        END IF;
    END IF;
    fits := false;
    SELECT greatest(0, most - q.spent) INTO rest FROM {s}.quotas q WHERE q.key = k AND q.ends = closes;
    rest := coalesce(rest, most);
END $$;
"""

_STRIKES = """
CREATE OR REPLACE FUNCTION {s}.hold(keys bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
BEGIN
    LOOP  -- in one order, so that nobody waits for somebody who waits for him; anew if a row was swept away meanwhile
        INSERT INTO {s}.strikes SELECT DISTINCT k, 0, 0, 0, 0, 0, 0 FROM unnest(keys) k ORDER BY k
            ON CONFLICT (key) DO NOTHING;
        SELECT count(*) INTO held FROM (
            SELECT 1 FROM {s}.strikes r WHERE r.key = ANY (keys) ORDER BY r.key FOR UPDATE) rows;
        EXIT WHEN held = (SELECT count(DISTINCT k) FROM unnest(keys) k);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION {s}.load(k bytea, span float8, forget float8, t float8) RETURNS {s}.strikes
LANGUAGE plpgsql AS $$
DECLARE
    r {s}.strikes;
BEGIN
    SELECT * INTO r FROM {s}.strikes s WHERE s.key = k;
    IF r.latest + span <= t THEN
        r.failed := 0;
        r.pending := 0;
    END IF;
    IF r.step > 0 AND r.jailed + forget <= t THEN
        r.step := 0;
    END IF;
    RETURN r;
END $$;

CREATE OR REPLACE FUNCTION {s}.save(r {s}.strikes, span float8, forget float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF r.failed + r.pending + r.step = 0 THEN
        DELETE FROM {s}.strikes s WHERE s.key = r.key;
        RETURN;
    END IF;
    UPDATE {s}.strikes s SET failed = r.failed, pending = r.pending, latest = r.latest, jailed = r.jailed,
        step = r.step, until = greatest(r.latest + span, CASE WHEN r.step > 0 THEN r.jailed + forget ELSE 0 END)
        WHERE s.key = r.key;
END $$;

CREATE OR REPLACE FUNCTION {s}.attempt(
    keys bytea[], tries int[], spans float8[], forgets float8[], spares boolean[], good bytea, given float8
) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    t float8; wait float8 := 0; vouched boolean; r {s}.strikes;
BEGIN
    PERFORM {s}.hold(keys);
    t := {s}.seconds(given);
    vouched := EXISTS (SELECT 1 FROM {s}.vouchers v WHERE v.key = good AND v.until > t);
    FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        r := {s}.load(keys[i], spans[i], forgets[i], t);
        CONTINUE WHEN vouched AND spares[i];
        IF r.jailed > t THEN
            wait := greatest(wait, r.jailed - t);
        ELSIF r.failed + r.pending >= tries[i] THEN
            wait := greatest(wait, 1);
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        r := {s}.load(keys[i], spans[i], forgets[i], t);
        IF wait = 0 THEN
            r.pending := r.pending + 1;
            r.latest := t;
        END IF;
        PERFORM {s}.save(r, spans[i], forgets[i]);
    END LOOP;
    RETURN wait;
END $$;

CREATE OR REPLACE FUNCTION {s}.settle(
    keys bytea[], tries int[], spans float8[], forgets float8[], clears boolean[], terms text[], good bytea,
    seconds float8, how text, given float8
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t float8; r {s}.strikes; served float8[];
BEGIN
    PERFORM {s}.hold(keys);
    t := {s}.seconds(given);
    FOR i IN 1 .. coalesce(array_length(keys, 1), 0) LOOP
        r := {s}.load(keys[i], spans[i], forgets[i], t);
        r.pending := greatest(0, r.pending - 1);
        IF how = 'good' AND clears[i] THEN
            r := (r.key, 0, 0, 0, 0, 0, 0);
        ELSIF how = 'bad' AND r.jailed <= t THEN
            r.failed := r.failed + 1;
            r.latest := greatest(r.latest, t);
            IF r.failed >= tries[i] THEN
                served := string_to_array(terms[i], ' ')::float8[];
                r.jailed := t + served[least(r.step + 1, array_length(served, 1))];
                r.step := r.step + 1;
                r.failed := 0;
            END IF;
        END IF;
        PERFORM {s}.save(r, spans[i], forgets[i]);
    END LOOP;
    IF how = 'good' AND good IS NOT NULL THEN
        INSERT INTO {s}.vouchers VALUES (good, t + seconds) ON CONFLICT (key) DO UPDATE SET until = excluded.until;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION {s}.prisoners(prefix bytea, most int, given float8)
RETURNS TABLE (key bytea, jailed float8, step int) LANGUAGE sql AS $$
    SELECT r.key, r.jailed, r.step FROM {s}.strikes r
    WHERE r.jailed > {s}.seconds(given) AND substring(r.key FROM 1 FOR octet_length(prefix)) = prefix
    ORDER BY r.jailed DESC LIMIT most
$$;

CREATE OR REPLACE FUNCTION {s}.free(prefix bytea, given float8) RETURNS bigint LANGUAGE sql AS $$
    WITH freed AS (
        DELETE FROM {s}.strikes r
        WHERE r.jailed > {s}.seconds(given) AND substring(r.key FROM 1 FOR octet_length(prefix)) = prefix RETURNING 1
    ) SELECT count(*) FROM freed
$$;
"""

_SINGLE = """
CREATE OR REPLACE FUNCTION {s}.first(k bytea, seconds float8) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    t float8 := {s}.seconds(NULL);
BEGIN
    INSERT INTO {s}.once AS o VALUES (k, t + seconds)
        ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE o.until <= t;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION {s}.claim(k bytea, f bytea, seconds float8, OUT state text, OUT stored bytea)
LANGUAGE plpgsql AS $$
DECLARE
    t float8 := {s}.seconds(NULL); known {s}.replies;
BEGIN
    LOOP
        INSERT INTO {s}.replies AS r VALUES (k, f, t + seconds, NULL) ON CONFLICT (key) DO UPDATE
            SET fingerprint = excluded.fingerprint, until = excluded.until, reply = NULL WHERE r.until <= t;
        IF FOUND THEN
            state := 'new';
            RETURN;
        END IF;
        SELECT * INTO known FROM {s}.replies r WHERE r.key = k;
        EXIT WHEN FOUND;
    END LOOP;
    state := CASE WHEN known.fingerprint <> f THEN 'other' WHEN known.reply IS NULL THEN 'busy' ELSE 'done' END;
    IF state = 'done' THEN
        stored := known.reply;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION {s}.finish(k bytea, f bytea, stored bytea, seconds float8) RETURNS void LANGUAGE sql AS $$
    UPDATE {s}.replies SET reply = stored, until = {s}.seconds(NULL) + seconds
    WHERE key = k AND fingerprint = f AND reply IS NULL
$$;

CREATE OR REPLACE FUNCTION {s}.give_back(k bytea, f bytea) RETURNS void LANGUAGE sql AS
    $$ DELETE FROM {s}.replies WHERE key = k AND fingerprint = f AND reply IS NULL $$;

CREATE OR REPLACE FUNCTION {s}.changed() RETURNS void LANGUAGE sql AS $$
    INSERT INTO {s}.versions VALUES ('orders', gen_random_uuid()::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value
$$;

CREATE OR REPLACE FUNCTION {s}.put_order(named bytea, ends float8, reason bytea, most int, given float8) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM {s}.changed();  -- its row is the lock under which orders are counted
    DELETE FROM {s}.orders WHERE until <= {s}.seconds(given);
    IF (SELECT count(*) FROM {s}.orders WHERE what <> named) >= most THEN
        RETURN false;
    END IF;
    INSERT INTO {s}.orders VALUES (named, ends, reason)
        ON CONFLICT (what) DO UPDATE SET until = excluded.until, why = excluded.why;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION {s}.lift(named bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM {s}.changed();
    DELETE FROM {s}.orders WHERE what = named;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION {s}.clean(most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    t float8 := {s}.seconds(NULL) - 60; name text; number bigint; gone bigint := 0;
BEGIN
    FOREACH name IN ARRAY ARRAY['counters', 'quotas', 'strikes', 'vouchers', 'once', 'replies'] LOOP
        EXECUTE format('DELETE FROM {s}.%1$I WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM {s}.%1$I WHERE until <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED))', name) USING t, most;
        GET DIAGNOSTICS number = ROW_COUNT;
        gone := gone + number;
    END LOOP;
    RETURN gone;
END $$;
"""


def schema(name: str) -> tuple[str, str]:
    """The statements that make everything in the schema of this name, and their version.

    :param name: letters, digits and underscores; the caller has seen to it.
    """
    text = (_TABLES + _COUNTS + _STRIKES + _SINGLE).replace("{s}", name).replace("{origin}", str(ORIGIN))
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]


LOCK = f"SELECT pg_advisory_xact_lock({_LOCK})"
