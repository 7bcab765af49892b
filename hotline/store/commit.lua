-- One turn, all or nothing: a message seen before gets its first reply, a contact that moved meanwhile its fresh
-- state, and otherwise everything of the change is saved. The first write is one that a full Redis refuses, so
-- that a refusal leaves nothing half done.
-- KEYS 1 session 2 enrolments 3 opt-outs 4 seen 5 reply 6 waiting 7 due 8 address 9 ledger 10 events 11 ring
--      12 counts 13 open tasks 14 closed tasks 15 ring of the reminders 16 week 17 segments of the day, then one for
--      each task, then one for each row
-- ARGV 1 contact 2 head (below) 3 sealed reply 4 session ("-" leave, "=..." write) 5 enrolment (likewise)
--      6 address ("" leave) 7 head of the ledger 8 week ("" leave), then the ledger's lines, then for each task its
--      id, due_at, its number of words and words, for each row its id, not_before, the task that it tells of, and
--      words likewise, for each event words
-- head: numbers in order, "." = leave or any, "-" = take away
local told = {}
for word in string.gmatch(ARGV[2], '%S+') do told[#told + 1] = word end
local expected, first_version, stamp_now, message, reply_s, session_s, seen_s, address_s, wake, due, opt_out, events_since,
  lines, rows, tasks, week_s, segments = unpack(told)
local contact, now = ARGV[1], tonumber(stamp_now)
local with_id = message == '1'

if with_id then
  local seen = redis.call('GET', KEYS[4])
  if seen then
    local fresh = now - tonumber(seen) <= tonumber(reply_s)
    return {1, fresh and redis.call('GET', KEYS[5]) or ''}
  end
end

local session = redis.call('GET', KEYS[1]) or ''
local enrolment = redis.call('HGET', KEYS[2], contact) or ''
local version = math.max(tonumber(string.match(session, '^%d+')) or 0, tonumber(string.match(enrolment, '^%d+')) or 0)
if expected ~= '.' and tonumber(expected) ~= version then
  return {2, session, enrolment, redis.call('SISMEMBER', KEYS[3], contact), redis.call('EXISTS', KEYS[8]),
    redis.call('LINDEX', KEYS[9], 0) or '', redis.call('GET', KEYS[16]) or ''}
end

if with_id then
  redis.call('SET', KEYS[4], stamp_now, 'EX', seen_s)
  if ARGV[3] ~= '' then redis.call('SET', KEYS[5], ARGV[3], 'EX', reply_s) end
end

-- An answer counts for the person's day and, under ".", for the shard's part of the line's. No cap holds it.
if segments ~= '0' then
  redis.call('HINCRBY', KEYS[17], contact, segments)
  if redis.call('HINCRBY', KEYS[17], '.', segments) == tonumber(segments) then redis.call('EXPIRE', KEYS[17], 172800) end
end

-- A line of the ledger is linked to the one before, so whoever read that one must be refused once there is another.
-- What ends where there is nothing leaves nothing: whoever was forgotten since the clock found them stays so.
local says = ARGV[4] ~= '-' and not (ARGV[4] == '=' and session == '')
local enrols = ARGV[5] ~= '-' and not (ARGV[5] == '=' and enrolment == '')
local moved = says or enrols or opt_out ~= '.' or tonumber(lines) > 0
local stamp = string.format('%d', version)
if moved then
  stamp = string.format('%d', version == 0 and tonumber(first_version) or version + 1)
  local enrolled = #ARGV[5] > 1
  -- The version lives with what changed; where nothing would carry it, the session's key does, even empty.
  if says then
    redis.call('SET', KEYS[1], stamp .. ' ' .. string.sub(ARGV[4], 2), 'EX', session_s)
  elseif not enrolled then
    redis.call('SET', KEYS[1], stamp .. ' ' .. string.match(session, '^%d* ?(.*)$'), 'EX', session_s)
  end
  if enrolled then
    redis.call('HSET', KEYS[2], contact, stamp .. ' ' .. string.sub(ARGV[5], 2))
  elseif ARGV[5] == '=' then
    redis.call('HDEL', KEYS[2], contact)
  end
end
if opt_out == '1' then redis.call('SADD', KEYS[3], contact) end
if opt_out == '0' then redis.call('SREM', KEYS[3], contact) end

local function score(key, told)
  if told == '-' then redis.call('ZREM', key, contact)
  elseif told ~= '.' then redis.call('ZADD', key, told, contact) end
end
score(KEYS[6], wake)
score(KEYS[7], due)

if ARGV[6] ~= '' then
  redis.call('SET', KEYS[8], ARGV[6], 'EX', address_s)
elseif moved then
  redis.call('EXPIRE', KEYS[8], address_s)
end

-- The texts of a week count for whoever joins again in it; then they are forgotten.
if ARGV[8] ~= '' then redis.call('SET', KEYS[16], ARGV[8], 'EX', week_s) end

-- The head stands before the lines and names the last of them: a ledger whose end is cut off does not fit it.
if tonumber(lines) > 0 then
  if redis.call('EXISTS', KEYS[9]) == 0 then redis.call('RPUSH', KEYS[9], ARGV[7])
  else redis.call('LSET', KEYS[9], 0, ARGV[7]) end
end
local place = 9
for _ = 1, tonumber(lines) do
  redis.call('RPUSH', KEYS[9], ARGV[place])
  place = place + 1
end

local function words()
  local count = tonumber(ARGV[place])
  local told = {unpack(ARGV, place + 1, place + count)}
  place = place + 1 + count
  return told
end

local key = 18
-- Only a task that is opened here, or raised where it stood open at a lower level, is told to anybody.
local news = {}
local RANKS = {self_care = 0, clinician_soon = 1, urgent_today = 2, emergency_now = 3}
for _ = 1, tonumber(tasks) do
  local id, at = ARGV[place], ARGV[place + 1]
  place = place + 2
  local told = words()
  local state, due, last = unpack(redis.call('HMGET', KEYS[key], 's', 'due', 'l'))
  if not state or state == 'closed' then
    redis.call('DEL', KEYS[key])
    redis.call('HSET', KEYS[key], 's', 'open', unpack(told))
    redis.call('ZADD', KEYS[13], at, id)
    redis.call('ZREM', KEYS[14], id)
    news[id] = true
  elseif RANKS[told[6]] > RANKS[last] then
    local sooner = math.min(tonumber(at), tonumber(due)) == tonumber(at) and at or due
    redis.call('HSET', KEYS[key], 'l', told[6], 'due', sooner)
    redis.call('HDEL', KEYS[key], 'esc')
    redis.call('ZADD', KEYS[13], sooner, id)
    news[id] = true
  end
  key = key + 1
end

for _ = 1, tonumber(rows) do
  local id, at, task = ARGV[place], ARGV[place + 1], ARGV[place + 2]
  place = place + 3
  local told = words()
  if (task == '' or news[task]) and redis.call('EXISTS', KEYS[key]) == 0 then
    redis.call('HSET', KEYS[key], 's', 'pending', 'k', 0, 'v', stamp, unpack(told))
    redis.call('ZADD', string.find(told[4], 'reminder') and KEYS[15] or KEYS[11], at, id)
    redis.call('HINCRBY', KEYS[12], 'pending', 1)
  end
  key = key + 1
end

while place <= #ARGV do
  redis.call('XADD', KEYS[10], 'MINID', '~', events_since, '*', unpack(words()))
end
return {0}
