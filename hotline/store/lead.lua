-- Which of several equal processes acts: the one whose name stands here, until its lease ends.
-- KEYS 1 leader   ARGV 1 take or leave 2 name 3 milliseconds
local held = redis.call('GET', KEYS[1])
if ARGV[1] == 'leave' then
  if held == ARGV[2] then redis.call('DEL', KEYS[1]) end
  return 1
end
if held and held ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
