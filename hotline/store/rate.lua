-- The pace of all workers together: each sender's bucket of segments, and what the line used today. A text reserves
-- its place at once and is told how long to wait for it, so nobody asks twice.
-- KEYS 1 buckets   ARGV 1 verb 2 sender 3 segments, then by verb (below)
local sender, segments = ARGV[2], tonumber(ARGV[3])
local clock = redis.call('TIME') -- one clock for all machines; the line's own may be moved
local now = clock[1] + clock[2] / 1000000
local function number(field) return tonumber(redis.call('HGET', KEYS[1], field) or '') or 0 end

-- What counts of a day: the segments of texts ("used") or "calls". The day of each stands beside it.
local function day_of(what) return what == 'used' and 'day' or 'day:' .. what end

local verbs = {}

-- ARGV 4 segments per second 5 the most at once 6 seconds it may wait 7 day 8 the most in the line's day, 0 = none
-- 9 1 = it goes before all that wait 10 what counts 11 what the day has beside it, counted elsewhere. Answers
-- "+seconds" reserved, "-seconds" not yet, "full".
function verbs.take()
  local rate, most, patience = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local limit, first, what = tonumber(ARGV[8]), ARGV[9] == '1', ARGV[10]
  local used = redis.call('HGET', KEYS[1], day_of(what)) == ARGV[7] and number(what) or 0
  if limit > 0 and used + tonumber(ARGV[11]) + segments > limit then return 'full' end
  local at = number('at:' .. sender)
  local left = at == 0 and most or math.min(most, number('left:' .. sender) + math.max(0, now - at) * rate)
  local after = left - segments
  local wait = 0
  if not first then
    wait = math.max(0, -after / rate, number('pause:' .. sender) - now)
    if wait > patience then return string.format('-%.3f', wait) end
  end
  redis.call('HSET', KEYS[1], 'left:' .. sender, string.format('%.6f', after), 'at:' .. sender,
    string.format('%.6f', now), day_of(what), ARGV[7], what, string.format('%d', used + segments))
  return string.format('+%.3f', wait)
end

-- What was reserved and not sent goes back. ARGV 4 the most at once 5 day 6 what counts
function verbs.back()
  local left, what = math.min(tonumber(ARGV[4]), number('left:' .. sender) + segments), ARGV[6]
  redis.call('HSET', KEYS[1], 'left:' .. sender, string.format('%.6f', left))
  if redis.call('HGET', KEYS[1], day_of(what)) == ARGV[5] then
    redis.call('HSET', KEYS[1], what, string.format('%d', math.max(0, number(what) - segments)))
  end
  return 'ok'
end

-- The carrier said that it is too much: all wait, longer each time until a while after the last time. ARGV 4 first
-- pause s 5 longest pause s
function verbs.slow()
  local ends = number('pause:' .. sender)
  if ends > now then return 'ok' end -- others were told the same a moment ago
  local first, longest = tonumber(ARGV[4]), tonumber(ARGV[5])
  local last = number('last:' .. sender)
  local pause = first
  if last > 0 and now - ends < 2 * last + first then pause = math.min(longest, 2 * last) end
  redis.call('HSET', KEYS[1], 'pause:' .. sender, string.format('%.6f', now + pause), 'last:' .. sender,
    string.format('%.3f', pause))
  return 'ok'
end

return verbs[ARGV[1]]()
