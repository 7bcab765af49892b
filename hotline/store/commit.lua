-- One turn, all or nothing: a message seen before gets its first reply, a contact that moved meanwhile its fresh
-- state, and otherwise everything of the change is saved. The first write is one that a full Redis refuses, so
-- that a refusal leaves nothing half done.
-- KEYS 1 session 2 enrolments 3 opt-outs 4 seen 5 reply 6 waiting 7 due 8 address 9 ledger 10 events 11 ring
--      12 counts 13 open tasks 14 closed tasks, then one for each row, then one for each task
-- ARGV 1 contact 2 version expected ("": any) 3 first version of a contact 4 now 5 message ids on (1/0) 6 reply kept s
--      7 session kept s 8 ids kept s 9 address kept s 10 sealed reply 11 session ("-" or "=...") 12 wake ("", "-", score)
--      13 enrolment ("-" or "=...") 14 due ("", "-", score) 15 opt-out ("", 1, 0) 16 address ("": leave)
--      17 events kept since (ms) 18 number of ledger lines 19 rows 20 tasks, then the lines, then for each row its id,
--      not_before and its number of words and words, for each task its id, due_at and words likewise, for each event words
local contact, now = ARGV[1], tonumber(ARGV[4])
local with_id = ARGV[5] == '1'

if with_id then
  local seen = redis.call('GET', KEYS[4])
  if seen then
    local fresh = now - tonumber(seen) <= tonumber(ARGV[6])
    return {1, fresh and redis.call('GET', KEYS[5]) or ''}
  end
end

local session = redis.call('GET', KEYS[1]) or ''
local enrolment = redis.call('HGET', KEYS[2], contact) or ''
local version = math.max(tonumber(string.match(session, '^%d+')) or 0, tonumber(string.match(enrolment, '^%d+')) or 0)
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= version then
  return {2, session, enrolment, redis.call('SISMEMBER', KEYS[3], contact), redis.call('EXISTS', KEYS[8])}
end

if with_id then
  redis.call('SET', KEYS[4], ARGV[4], 'EX', ARGV[8])
  if ARGV[10] ~= '' then redis.call('SET', KEYS[5], ARGV[10], 'EX', ARGV[6]) end
end

local moved = ARGV[11] ~= '-' or ARGV[13] ~= '-' or ARGV[15] ~= ''
if moved then
  local stamp = string.format('%d', version == 0 and tonumber(ARGV[3]) or version + 1)
  local enrolled = #ARGV[13] > 1
  -- The version lives with what changed; where nothing would carry it, the session's key does, even empty.
  if ARGV[11] ~= '-' then
    redis.call('SET', KEYS[1], stamp .. ' ' .. string.sub(ARGV[11], 2), 'EX', ARGV[7])
  elseif not enrolled then
    redis.call('SET', KEYS[1], stamp .. ' ' .. string.match(session, '^%d* ?(.*)$'), 'EX', ARGV[7])
  end
  if enrolled then
    redis.call('HSET', KEYS[2], contact, stamp .. ' ' .. string.sub(ARGV[13], 2))
  elseif ARGV[13] == '=' then
    redis.call('HDEL', KEYS[2], contact)
  end
end
if ARGV[15] == '1' then redis.call('SADD', KEYS[3], contact) end
if ARGV[15] == '0' then redis.call('SREM', KEYS[3], contact) end

local function score(key, told)
  if told == '-' then redis.call('ZREM', key, contact)
  elseif told ~= '' then redis.call('ZADD', key, told, contact) end
end
score(KEYS[6], ARGV[12])
score(KEYS[7], ARGV[14])

if ARGV[16] ~= '' then
  redis.call('SET', KEYS[8], ARGV[16], 'EX', ARGV[9])
elseif moved then
  redis.call('EXPIRE', KEYS[8], ARGV[9])
end

local place = 21
for _ = 1, tonumber(ARGV[18]) do
  redis.call('RPUSH', KEYS[9], ARGV[place])
  place = place + 1
end

local function words()
  local count = tonumber(ARGV[place])
  local told = {unpack(ARGV, place + 1, place + count)}
  place = place + 1 + count
  return told
end

local key = 15
for _ = 1, tonumber(ARGV[19]) do
  local id, at = ARGV[place], ARGV[place + 1]
  place = place + 2
  local told = words()
  if redis.call('EXISTS', KEYS[key]) == 0 then
    redis.call('HSET', KEYS[key], 's', 'pending', 'k', 0, unpack(told))
    redis.call('ZADD', KEYS[11], at, id)
    redis.call('HINCRBY', KEYS[12], 'pending', 1)
  end
  key = key + 1
end

for _ = 1, tonumber(ARGV[20]) do
  local id, at = ARGV[place], ARGV[place + 1]
  place = place + 2
  local told = words()
  local state = redis.call('HGET', KEYS[key], 's')
  if not state or state == 'closed' then
    redis.call('DEL', KEYS[key])
    redis.call('HSET', KEYS[key], 's', 'open', unpack(told))
    redis.call('ZADD', KEYS[13], at, id)
    redis.call('ZREM', KEYS[14], id)
  end
  key = key + 1
end

while place <= #ARGV do
  redis.call('XADD', KEYS[10], 'MINID', '~', ARGV[17], '*', unpack(words()))
end
return {0}
