-- One step of an outbox row. A token is handed out with each claim; whoever holds an older one is fenced off.
-- pending -> sending -> accepted -> delivered | undelivered | failed; unknown; dropped; parked
-- KEYS 1 row 2 ring 3 counts 4 in flight 5 opt-outs 6 session 7 enrolments (of the row's contact) 8 segments of the day
--      9 ring of the reminders, who wait where others must not 10 calls of the day
-- ARGV 1 verb 2 row's id 3 now 4 seconds a settled row is kept, then by verb (below)
local id, now, keep = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local state = redis.call('HGET', KEYS[1], 's')
if not state then
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[9], id)
  return false
end
local ring = string.find(redis.call('HGET', KEYS[1], 'p'), 'reminder') and KEYS[9] or KEYS[2]
local FINAL = {delivered = true, undelivered = true, failed = true}
-- accepted is looked at too: a callback that never comes must not hide how a text ended.
local LOOKED_AT = {pending = true, sending = true, unknown = true, accepted = true}

local function get(field) return redis.call('HGET', KEYS[1], field) end
local function number(field) return tonumber(get(field) or '') or 0 end

local function move(to, look_at)
  redis.call('HSET', KEYS[1], 's', to)
  redis.call('HINCRBY', KEYS[3], state, -1)
  redis.call('HINCRBY', KEYS[3], to, 1)
  if LOOKED_AT[to] then
    redis.call('HSET', KEYS[1], 'look', look_at)
    redis.call('ZADD', ring, look_at, id)
    redis.call('PERSIST', KEYS[1])
  else
    redis.call('ZREM', ring, id)
    redis.call('EXPIRE', KEYS[1], keep)
  end
  if to ~= 'sending' then redis.call('ZREM', KEYS[4], (get('c') or '') .. ':' .. id) end
  state = to
end

local function drop(reason)
  redis.call('HSET', KEYS[1], 'why', reason)
  move('dropped')
end

-- What follows for the person is written down in the same step as the cause, and the row is rung until it was done.
local function owe(what, look_at)
  if what == '' then return end
  redis.call('HSET', KEYS[1], 'owe', what, 'look', look_at, 'lease', 0)
  redis.call('ZADD', ring, look_at, id)
end

-- Barred at the last moment. An urgent text that comes too late is owed a call by staff.
local function refuse(reason)
  drop(reason)
  if reason == 'too_late' and get('p') == 'urgent' then owe('unread', now) end
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

-- Where a row counts: a call among the calls of that day, a text among its segments.
local is_call = get('p') == 'voice_reminder'
local day = is_call and KEYS[10] or KEYS[8]
-- Words that somebody may need now: no cap holds them.
local NEVER_HELD = {urgent = true, ending = true, dropped = true, staff = true}

-- What one person's day has room for, `limit` at most (0 = none), less for reminders. Answers nothing, or why not.
local function count(units, limit, of_reminders, of_calls)
  local contact, purpose = get('c') or '', get('p')
  if NEVER_HELD[purpose] then limit = 0
  elseif is_call then limit = of_calls
  elseif string.find(purpose, 'reminder') then limit = of_reminders end
  if contact == '' or units == 0 then return end
  local used = tonumber(redis.call('HGET', day, contact) or '') or 0
  if limit > 0 and used + units > limit then return is_call and 'calls_are_used_up' or 'day_is_full' end
  redis.call('HINCRBY', day, contact, units)
  redis.call('EXPIRE', day, 172800)
  redis.call('HSET', KEYS[1], 'seg', units)
end

local verbs = {}

-- ARGV 5 end of the lease 6 seconds after which an unknown is looked at 7 segments, or 1 call 8 the most segments in
-- this person's day 9 the same for reminders 10 the most calls in it
function verbs.claim()
  if state == 'sending' and number('lease') <= now then
    -- Its holder died or sleeps. Before `out` it had not begun to send, and its token is worth nothing from now on;
    -- after it the text may be out, and the token stays good until somebody else claims the row.
    if get('out') then move('unknown', math.max(now, number('out') + tonumber(ARGV[6]))) else move('pending', now) end
  end
  local owed = get('owe')
  if not LOOKED_AT[state] and not owed then redis.call('ZREM', ring, id) return false end
  if state == 'sending' or number('look') > now or number('lease') > now then
    redis.call('ZADD', ring, math.max(number('look'), number('lease')), id)
    return false
  end
  if owed or state == 'unknown' or state == 'accepted' then
    redis.call('HINCRBY', KEYS[1], state == 'accepted' and 'asks' or 'looks', 1)
    redis.call('ZADD', ring, ARGV[5], id)
  else
    if now < number('nb') then redis.call('ZADD', ring, number('nb'), id) return false end
    local reason = barred() or count(tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]))
    if reason then refuse(reason) return false end
    redis.call('HDEL', KEYS[1], 'out')
    redis.call('HSET', KEYS[1], 'tried', ARGV[3])
    redis.call('HINCRBY', KEYS[1], 'tries', 1)
    move('sending', ARGV[5])
    redis.call('ZADD', KEYS[4], ARGV[5], (get('c') or '') .. ':' .. id)
  end
  redis.call('HSET', KEYS[1], 'lease', ARGV[5])
  redis.call('HINCRBY', KEYS[1], 'k', 1)
  return redis.call('HGETALL', KEYS[1])
end

-- ARGV 5 token 6 carrier's id 7 when its status is asked for. A callback may have been quicker: then only the id is
-- noted.
function verbs.accepted()
  if state == 'sending' or state == 'unknown' then move('accepted', ARGV[7]) end
  if state ~= 'accepted' and not FINAL[state] then return 0 end
  redis.call('HSET', KEYS[1], 'lease', 0)
  redis.call('HSETNX', KEYS[1], 'sid', ARGV[6])
  return 1
end

-- ARGV 5 token 6 reason 7 when. It was never processed, so it does not count for the day either.
function verbs.later()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  local segments = number('seg')
  local contact = get('c') or ''
  -- Claimed before midnight and given back after it: nothing of the new day is given back.
  if segments > 0 and redis.call('HEXISTS', day, contact) == 1 then redis.call('HINCRBY', day, contact, -segments) end
  redis.call('HDEL', KEYS[1], 'seg')
  redis.call('HSET', KEYS[1], 'why', ARGV[6], 'lease', 0)
  move('pending', ARGV[7])
  return 1
end

-- ARGV 5 token 6 when it is looked at 7 0 = the look-up of this claim was not answered
function verbs.unknown()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  if state == 'unknown' and ARGV[7] == '0' then redis.call('HINCRBY', KEYS[1], 'looks', -1) end
  redis.call('HSET', KEYS[1], 'lease', 0)
  move('unknown', ARGV[6])
  return 1
end

-- ARGV 5 token 6 when its status is asked for again; '' = no more
function verbs.asked()
  if state ~= 'accepted' then return 0 end
  redis.call('HSET', KEYS[1], 'lease', 0)
  if ARGV[6] ~= '' then
    redis.call('HSET', KEYS[1], 'look', ARGV[6])
    redis.call('ZADD', ring, ARGV[6], id)
  else
    redis.call('ZREM', ring, id)
    redis.call('EXPIRE', KEYS[1], keep)
  end
  return 1
end

-- ARGV 5 token 6 reason 7 what follows for the person, '' = nothing 8 when it is looked at
function verbs.dropped()
  if state ~= 'sending' and state ~= 'unknown' then return 0 end
  drop(ARGV[6])
  owe(ARGV[7], ARGV[8])
  return 1
end

-- ARGV 5 token: may the holder still send? A STOP or an answer since the claim drops the row here. From here on the
-- text may be out.
function verbs.holds()
  if state ~= 'sending' or number('lease') <= now then return 0 end
  local reason = barred()
  if reason then refuse(reason) return 0 end
  redis.call('HSET', KEYS[1], 'out', ARGV[3])
  return 1
end

-- ARGV 5 state it means 6 carrier's id 7 carrier's status 8 its rank 9 error code 10 what follows for the person
-- 11 when that, or the status, is looked at. What the carrier says needs no token.
function verbs.callback()
  local sid = get('sid')
  if FINAL[state] or (sid and sid ~= ARGV[6]) or number('rank') >= tonumber(ARGV[8]) then return 0 end
  redis.call('HSET', KEYS[1], 'sid', ARGV[6], 'st', ARGV[7], 'rank', ARGV[8], 'code', ARGV[9])
  if state ~= ARGV[5] then move(ARGV[5], ARGV[11]) end
  owe(ARGV[10], ARGV[11])
  return 1
end

-- What follows was done.
function verbs.done()
  if redis.call('HDEL', KEYS[1], 'owe') == 0 then return 0 end
  redis.call('ZREM', ring, id)
  return 1
end

-- ARGV 5 reason. Nobody touches it any more until staff say so; it is kept.
function verbs.park()
  if not LOOKED_AT[state] and not get('owe') then return 0 end
  redis.call('HSET', KEYS[1], 'why', ARGV[5], 'was', state)
  move('parked')
  redis.call('PERSIST', KEYS[1])
  return 1
end

function verbs.unpark()
  if state ~= 'parked' then return 0 end
  local was = get('was')
  redis.call('HSET', KEYS[1], 'lease', 0)
  if was == 'sending' then was = get('out') and 'unknown' or 'pending' end
  move(was, now)
  if get('owe') then owe(get('owe'), now) end
  return 1
end

local verb = ARGV[1]
local FENCED = {accepted = true, later = true, unknown = true, asked = true, dropped = true, holds = true}
if FENCED[verb] and get('k') ~= ARGV[5] then return 0 end
return verbs[verb]()
