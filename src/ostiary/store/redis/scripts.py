"""Each verb is one script, so that nothing comes between its reading and its writing; time is the server's.

Times are seconds since `ORIGIN`, to the microsecond: fewer digits before the point leave more behind it. Every key has
a time to live.
"""

from __future__ import annotations

import hashlib

ORIGIN = 1_700_000_000  # seconds since the epoch

_NOW = f"""
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return t[1] - {ORIGIN} + t[2] / 1000000
end
local now = clock(ARGV[1])
local function put(key, value, seconds)
  redis.call('SET', key, value, 'PX', math.max(1, math.ceil(seconds * 1000)))
end
"""

# KEYS: the count. ARGV: time, seconds for a unit, seconds for a burst, least, most. -> units, wait, left
TAKE = (
    _NOW
    + """
local step, room, least, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local debt = math.max(0, tonumber(redis.call('GET', KEYS[1]) or now) - now)
if debt > room + 0.000001 then  -- a clock was set back, or the rate is another: nobody owes more than a burst
  debt = room
  put(KEYS[1], string.format('%.9f', now + debt), debt + 1)
end
debt = math.min(debt, room)
local fits = math.floor((room - debt + 0.000001) / step)
if fits < least then return {0, string.format('%.6f', debt + step * least - room), fits} end
local units = math.min(most, fits)
if units > 0 then
  local after = debt + step * units
  put(KEYS[1], string.format('%.9f', now + after), after + 1)
end
return {units, '0', fits - units}
"""
)

# KEYS: the count. ARGV: time, seconds for a unit, units
GIVE = (
    _NOW
    + """
local at = tonumber(redis.call('GET', KEYS[1]) or now)
if at <= now then return 0 end
local after = at - ARGV[2] * ARGV[3]
if after > now then put(KEYS[1], string.format('%.9f', after), after - now + 1) else redis.call('DEL', KEYS[1]) end
return 1
"""
)

# KEYS: the window. ARGV: limit, cost, seconds to live. -> whether it fits, left
SPEND = """
local limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + cost > limit then return {0, math.max(0, limit - spent)} end
redis.call('INCRBY', KEYS[1], cost)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {1, limit - spent - cost}
"""

# KEYS: the reply. ARGV: fingerprint, milliseconds of the claim. -> state, reply
BEGIN = """
local known = redis.call('HMGET', KEYS[1], 'f', 'r')
if known[1] then
  if known[1] ~= ARGV[1] then return {'other', ''} end
  if known[2] then return {'done', known[2]} end
  return {'busy', ''}
end
redis.call('HSET', KEYS[1], 'f', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'new', ''}
"""

# KEYS: the reply. ARGV: fingerprint, reply, milliseconds to live
FINISH = """
local known = redis.call('HMGET', KEYS[1], 'f', 'r')
if known[2] or (known[1] and known[1] ~= ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'f', ARGV[1], 'r', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""

# KEYS: the reply. ARGV: fingerprint
RETURN = """
local known = redis.call('HMGET', KEYS[1], 'f', 'r')
if known[1] == ARGV[1] and not known[2] then redis.call('DEL', KEYS[1]) end
return 1
"""

# a record is failed, pending, latest, jailed, step; see store/jail.py, which says why
_RECORD = (
    _NOW
    + """
local function load(key, window, forget)
  local r = {0, 0, 0, 0, 0}
  local found = redis.call('GET', key)
  if found then
    local i = 1
    for word in string.gmatch(found, '%S+') do r[i] = tonumber(word) i = i + 1 end
  end
  if r[3] + window <= now then r[1] = 0 r[2] = 0 end
  if r[5] > 0 and r[4] + forget <= now then r[5] = 0 end
  return r, found
end
local function save(key, r, window, forget)
  if r[1] + r[2] + r[5] == 0 then redis.call('DEL', key) return end
  local lasts = r[3] + window
  if r[5] > 0 then lasts = math.max(lasts, r[4] + forget) end
  put(key, string.format('%d %d %.6f %.6f %d', r[1], r[2], r[3], r[4], r[5]), lasts - now)
end
"""
)

# KEYS: the records, then the voucher. ARGV: time, 0 or 1: is there a voucher; then tries, window, forget, spares each
ATTEMPT = (
    _RECORD
    + """
local count = (#ARGV - 2) / 4
local vouched = ARGV[2] == '1' and redis.call('EXISTS', KEYS[count + 1]) == 1
local records, wait = {}, 0
for i = 1, count do
  local at = 2 + (i - 1) * 4
  local r = load(KEYS[i], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  records[i] = r
  if not (vouched and ARGV[at + 4] == '1') then
    if r[4] > now then wait = math.max(wait, r[4] - now)
    elseif r[1] + r[2] >= tonumber(ARGV[at + 1]) then wait = math.max(wait, 1) end
  end
end
if wait > 0 then return string.format('%.6f', wait) end
for i = 1, count do
  local at = 2 + (i - 1) * 4
  local r = records[i]
  r[2] = r[2] + 1
  r[3] = now
  save(KEYS[i], r, tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
end
return '0'
"""
)

# KEYS: the records, the jail, the voucher. ARGV: time, how it ended (good, bad, dropped), seconds for the voucher (0: there is none);
# then tries, window, forget, clears, terms, name in the jail each
SETTLE = (
    _RECORD
    + """
local count = (#ARGV - 3) / 6
local how, jail = ARGV[2], KEYS[count + 1]
for i = 1, count do
  local at = 3 + (i - 1) * 6
  local tries, window, forget = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local name = ARGV[at + 6]
  local r, found = load(KEYS[i], window, forget)
  if found or how == 'bad' then
    r[2] = math.max(0, r[2] - 1)
    if how == 'good' and ARGV[at + 4] == '1' then
      r = {0, 0, 0, 0, 0}
      redis.call('ZREM', jail, name)
    elseif how == 'bad' and r[4] <= now then
      r[1] = r[1] + 1
      r[3] = math.max(r[3], now)
      if r[1] >= tries then
        local terms = {}
        for term in string.gmatch(ARGV[at + 5], '%S+') do terms[#terms + 1] = tonumber(term) end
        r[4] = now + terms[math.min(r[5] + 1, #terms)]
        r[5] = r[5] + 1
        r[1] = 0
        redis.call('ZREMRANGEBYSCORE', jail, '-inf', string.format('%.6f', now))
        redis.call('ZADD', jail, string.format('%.6f', r[4]), name)
        local lasts = math.ceil((r[4] - now) * 1000)
        if redis.call('PTTL', jail) < lasts then redis.call('PEXPIRE', jail, lasts) end
      end
    end
    save(KEYS[i], r, window, forget)
  end
end
if how == 'good' and tonumber(ARGV[3]) > 0 then put(KEYS[count + 2], '1', tonumber(ARGV[3])) end
return 1
"""
)

_JAILED = (
    _NOW
    + """
local function jailed(jail, prefix)
  local found = {}
  local all = redis.call('ZREVRANGEBYSCORE', jail, '+inf', '(' .. string.format('%.6f', now), 'WITHSCORES')
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, #prefix) == prefix then found[#found + 1] = {all[i], all[i + 1]} end
  end
  return found
end
"""
)

# KEYS: the jail. ARGV: time, prefix, most, prefix of the records. -> name, until, step; ...
PRISONERS = (
    _JAILED
    + """
local found = {}
for i, each in ipairs(jailed(KEYS[1], ARGV[2])) do
  if i > tonumber(ARGV[3]) then break end
  local step = string.match(redis.call('GET', ARGV[4] .. each[1]) or '1', '(%d+)$')
  found[#found + 1] = {each[1], each[2], tonumber(step)}
end
return found
"""
)

# KEYS: the jail. ARGV: time, prefix, prefix of the records. -> how many
FREE = (
    _JAILED
    + """
local found = jailed(KEYS[1], ARGV[2])
for _, each in ipairs(found) do
  redis.call('DEL', ARGV[3] .. each[1])
  redis.call('ZREM', KEYS[1], each[1])
end
return #found
"""
)

# KEYS: the orders, of which field '' is the version. ARGV: time, version known, most. -> version, [what, until and why, ...]
ORDERS = """
local version = redis.call('HGET', KEYS[1], '') or ''
if version == ARGV[2] then return {version} end
return {version, redis.call('HGETALL', KEYS[1])}
"""

_ORDER = (
    _NOW
    + """
local function changed(key)
  local longest = 0
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if all[i] ~= '' then
      local till = tonumber(string.match(all[i + 1], '^%S+'))
      if till <= now then redis.call('HDEL', key, all[i]) else longest = math.max(longest, till - now) end
    end
  end
  local t = redis.call('TIME')
  redis.call('HSET', key, '', t[1] .. '.' .. t[2] .. '.' .. (redis.call('HLEN', key)))
  redis.call('PEXPIRE', key, math.ceil(longest * 1000) + 60000)
end
"""
)

# KEYS: the orders. ARGV: time, what, until, why, most. -> whether there was room
ORDER = (
    _ORDER
    + """
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then
  changed(KEYS[1])
  if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. ' ' .. ARGV[4])
changed(KEYS[1])
return 1
"""
)

# KEYS: the orders. ARGV: time, what. -> whether there was one
LIFT = (
    _ORDER
    + """
local there = redis.call('HDEL', KEYS[1], ARGV[2])
if there == 1 then changed(KEYS[1]) end
return there
"""
)


def sha(text: str) -> bytes:
    """What Redis calls a script."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().encode()


BY_SHA: dict[bytes, str] = {
    sha(text): text
    for text in (
        TAKE, GIVE, SPEND, BEGIN, FINISH, RETURN, ATTEMPT, SETTLE, PRISONERS, FREE, ORDERS, ORDER, LIFT,
    )
}  # fmt: skip
