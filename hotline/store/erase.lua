-- Everything that one shard keeps of a contact goes, or nothing does. It is refused while something is owed or under
-- way. Running it again takes what is left; what it cannot find by itself (settled rows, old events) is named to it.
-- Keys of rows and tasks are made here from the tag: they lie in the same slot as KEYS.
-- KEYS 1 session 2 enrolments 3 address 4 ledger 5 week 6 waiting 7 due 8 ring 9 ring of the reminders 10 counts
--      11 in flight 12 open tasks 13 closed tasks 14 events, then names of keys that go or hold a field of the contact
-- ARGV 1 contact 2 tag 3 the version that was read 4 the last event that was looked at 5 the number of rows, rows,
--      the number of events, events, then the words of the event that tells of the erasure
-- Answers {refusal, detail} or {'', how much went, row...}
local contact, tag = ARGV[1], ARGV[2]
local place = 5

local function several()
  local count, told = tonumber(ARGV[place]), {}
  for at = place + 1, place + count do told[#told + 1] = ARGV[at] end
  place = place + 1 + count
  return told
end

local rows, events, told = several(), several(), several()
for _, ring in ipairs({KEYS[8], KEYS[9]}) do
  for _, id in ipairs(redis.call('ZRANGE', ring, 0, -1)) do rows[#rows + 1] = id end
end

local function version_of(stored) return tonumber(string.match(stored or '', '^%d+')) or 0 end
local version = math.max(version_of(redis.call('GET', KEYS[1])), version_of(redis.call('HGET', KEYS[2], contact)))
if version ~= tonumber(ARGV[3]) then return {'moved', ''} end

for _, id in ipairs(redis.call('ZRANGE', KEYS[12], 0, -1)) do
  if redis.call('HGET', tag .. ':t:' .. id, 'c') == contact then return {'task', id} end
end
if redis.call('ZSCORE', KEYS[6], contact) then return {'encounter', ''} end

local tasks = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[13], 0, -1)) do
  if redis.call('HGET', tag .. ':t:' .. id, 'c') == contact then tasks[#tasks + 1] = id end
end

-- Theirs, or a notice to staff of a task of theirs.
local function is_theirs(key)
  local whom, purpose, words = unpack(redis.call('HMGET', key, 'c', 'p', 'd'))
  if whom == contact then return true end
  for _, id in ipairs(purpose == 'staff' and tasks or {}) do
    if string.find(words, id, 1, true) then return true end
  end
  return false
end

-- Words that somebody may need now are under way until their end is known: a lost one is owed a call.
local NEEDED = {urgent = true, ending = true, dropped = true}
local function is_under_way(key, id)
  local state, purpose, owed = unpack(redis.call('HMGET', key, 's', 'p', 'owe'))
  if owed or state == 'sending' or state == 'unknown' then return true end
  if not NEEDED[purpose] then return false end
  return state == 'pending' or (state == 'accepted' and redis.call('ZSCORE', KEYS[8], id))
end

local theirs = {}
for _, id in ipairs(rows) do
  local key = tag .. ':b:' .. id
  if redis.call('EXISTS', key) == 1 and is_theirs(key) then
    if is_under_way(key, id) then return {'sending', id} end
    theirs[#theirs + 1] = id
  end
end

-- From here on nothing is refused any more.
local gone = 0
for _, id in ipairs(theirs) do
  local key = tag .. ':b:' .. id
  local state = redis.call('HGET', key, 's')
  if state == 'pending' or state == 'accepted' or state == 'parked' then
    redis.call('HINCRBY', KEYS[10], state, -1)
  end
  redis.call('ZREM', KEYS[8], id)
  redis.call('ZREM', KEYS[9], id)
  redis.call('ZREM', KEYS[11], contact .. ':' .. id)
  gone = gone + redis.call('DEL', key)
end
for _, id in ipairs(tasks) do
  redis.call('ZREM', KEYS[13], id)
  gone = gone + redis.call('DEL', tag .. ':t:' .. id)
end
for at = 15, #KEYS do
  local kind = redis.call('TYPE', KEYS[at])['ok']
  gone = gone + (kind == 'hash' and redis.call('HDEL', KEYS[at], contact) or redis.call('DEL', KEYS[at]))
end
gone = gone + redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[5])
gone = gone + redis.call('HDEL', KEYS[2], contact)
gone = gone + redis.call('ZREM', KEYS[7], contact)

for _, id in ipairs(events) do gone = gone + redis.call('XDEL', KEYS[14], id) end
for _, event in ipairs(redis.call('XRANGE', KEYS[14], '(' .. ARGV[4], '+')) do
  for at = 1, #event[2], 2 do
    if event[2][at] == 'contact' and event[2][at + 1] == contact then
      gone = gone + redis.call('XDEL', KEYS[14], event[1])
    end
  end
end

if gone > 0 then redis.call('XADD', KEYS[14], '*', unpack(told)) end
return {'', gone, unpack(theirs)}
