-- One step of an outbox row. A token is handed out with each claim; whoever holds an older one is fenced off.
-- pending -> sending -> accepted -> delivered | undelivered | failed; unknown; dropped
-- KEYS 1 row 2 ring 3 counts 4 in flight 5 opt-outs 6 session 7 enrolments (of the row's contact)
-- ARGV 1 verb 2 row's id 3 now 4 seconds a settled row is kept, then by verb (below)
local id, now, keep = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local state = redis.call('HGET', KEYS[1], 's')
if not state then
  redis.call('ZREM', KEYS[2], id)
  return false
end
local FINAL = {delivered = true, undelivered = true, failed = true}
local LOOKED_AT = {pending = true, sending = true, unknown = true}

local function get(field) return redis.call('HGET', KEYS[1], field) end
local function number(field) return tonumber(get(field) or '') or 0 end

local function move(to, look_at)
  redis.call('HSET', KEYS[1], 's', to)
  redis.call('HINCRBY', KEYS[3], state, -1)
  redis.call('HINCRBY', KEYS[3], to, 1)
  if LOOKED_AT[to] then
    redis.call('HSET', KEYS[1], 'look', look_at)
    redis.call('ZADD', KEYS[2], look_at, id)
    redis.call('PERSIST', KEYS[1])
  else
    redis.call('ZREM', KEYS[2], id)
    redis.call('EXPIRE', KEYS[1], keep)
  end
  if to ~= 'sending' then redis.call('ZREM', KEYS[4], (get('c') or '') .. ':' .. id) end
  state = to
end

local function drop(reason)
  redis.call('HSET', KEYS[1], 'why', reason)
  move('dropped')
end

-- Whether the guarded thing (session or enrolment, each stamped with the version that wrote it) is no longer the
-- one that this row's own commit left behind.
local function moved_on()
  local guard = get('g')
  if not guard then return false end
  local held
  if guard == 'session' then held = redis.call('GET', KEYS[6]) else held = redis.call('HGET', KEYS[7], get('c')) end
  return string.match(held or '', '^%d+') ~= get('v')
end

-- An opt-out, the window and what the row was written for are looked at here, in the step that hands the row out:
-- nothing can come between.
local function barred()
  local purpose = get('p')
  local may_refuse = purpose ~= 'urgent' and purpose ~= 'staff'
  if may_refuse and redis.call('SISMEMBER', KEYS[5], get('c')) == 1 then return 'opted_out' end
  if now > number('na') then return 'too_late' end
  if moved_on() then return 'moved_on' end
end

local verbs = {}

-- ARGV 5 end of the lease 6 seconds after which an unknown is looked at
function verbs.claim()
  if state == 'sending' and number('lease') <= now then
    -- Its holder died or sleeps: the text may be out. Its token stays good until somebody else claims the row.
    move('unknown', math.max(now, number('tried') + tonumber(ARGV[6])))
  end
  if not LOOKED_AT[state] then redis.call('ZREM', KEYS[2], id) return false end
  if state == 'sending' or number('look') > now or number('lease') > now then
    redis.call('ZADD', KEYS[2], math.max(number('look'), number('lease')), id)
    return false
  end
  if state == 'unknown' then
    redis.call('HINCRBY', KEYS[1], 'looks', 1)
    redis.call('ZADD', KEYS[2], ARGV[5], id)
  else
    if now < number('nb') then redis.call('ZADD', KEYS[2], number('nb'), id) return false end
    local reason = barred()
    if reason then drop(reason) return false end
    redis.call('HSET', KEYS[1], 'tried', ARGV[3])
    redis.call('HINCRBY', KEYS[1], 'tries', 1)
    move('sending', ARGV[5])
    redis.call('ZADD', KEYS[4], ARGV[5], (get('c') or '') .. ':' .. id)
  end
  redis.call('HSET', KEYS[1], 'lease', ARGV[5])
  redis.call('HINCRBY', KEYS[1], 'k', 1)
  return redis.call('HGETALL', KEYS[1])
end

-- ARGV 5 token 6 carrier's id. A callback may have been quicker: then only the id is noted.
function verbs.accepted()
  if state == 'sending' or state == 'unknown' then move('accepted') end
  if state ~= 'accepted' and not FINAL[state] then return 0 end
  redis.call('HSETNX', KEYS[1], 'sid', ARGV[6])
  return 1
end

-- ARGV 5 token 6 reason 7 when
function verbs.later()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  redis.call('HSET', KEYS[1], 'why', ARGV[6], 'lease', 0)
  move('pending', ARGV[7])
  return 1
end

-- ARGV 5 token 6 when it is looked at
function verbs.unknown()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  redis.call('HSET', KEYS[1], 'lease', 0)
  move('unknown', ARGV[6])
  return 1
end

-- ARGV 5 token 6 reason
function verbs.dropped()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  drop(ARGV[6])
  return 1
end

-- ARGV 5 token: may the holder still send? A STOP or an answer since the claim drops the row here.
function verbs.holds()
  if state ~= 'sending' or number('lease') <= now then return 0 end
  local reason = barred()
  if reason then drop(reason) return 0 end
  return 1
end

-- ARGV 5 state it means 6 carrier's id 7 carrier's status 8 its rank 9 error code. What the carrier says needs no token.
function verbs.callback()
  local sid = get('sid')
  if FINAL[state] or (sid and sid ~= ARGV[6]) or number('rank') >= tonumber(ARGV[8]) then return 0 end
  redis.call('HSET', KEYS[1], 'sid', ARGV[6], 'st', ARGV[7], 'rank', ARGV[8], 'code', ARGV[9])
  if state ~= ARGV[5] then move(ARGV[5]) end
  return 1
end

local verb = ARGV[1]
if verb ~= 'claim' and verb ~= 'callback' and get('k') ~= ARGV[5] then return 0 end
return verbs[verb]()
